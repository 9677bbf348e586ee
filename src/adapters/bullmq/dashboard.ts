import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import type { Express, RequestHandler } from 'express';
import type { CoordinatorQueue } from './backend';

/** The dashboard's types know only the Redis backend, and do not support exact optional properties. */
type AnyQueue = ConstructorParameters<typeof BullMQAdapter>[0];
type IServerAdapter = Parameters<typeof createBullBoard>[0]['serverAdapter'];

/** The BullMQ dashboard, to be mounted at `path`. The caller that mounts it decides who may see it. */
export function createDashboard(queue: CoordinatorQueue, path: string): RequestHandler {
  const server = new ExpressAdapter();
  server.setBasePath(path);
  createBullBoard({
    queues: [
      new BullMQAdapter(queue as unknown as AnyQueue, {
        description:
          'drive, resume: transfers to finish · ask: a call again · deliver: events for a webhook · sweeps: see Schedulers',
      }),
    ],
    serverAdapter: server as unknown as IServerAdapter,
    options: { uiConfig: { boardTitle: 'tandem' } },
  });
  const app: Express = server.getRouter();
  // The dashboard is an express application of its own, with express's defaults.
  app.disable('x-powered-by');
  return app as RequestHandler;
}
