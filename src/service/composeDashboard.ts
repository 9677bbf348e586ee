import type { CoordinatorQueue } from '../adapters/bullmq/backend';
import type { HttpDeps } from '../http/deps';
import { once } from '../http/once';

/**
 * The dashboard, loaded with the first request for it: it is two fifths of the code that a process would load to start, and
 * one that comes back after a crash has better use for the time.
 */
export function composeDashboard(queue: CoordinatorQueue, path: string): HttpDeps['dashboard'] {
  const dashboard = once(() => {
    const { createDashboard } =
      require('../adapters/bullmq/dashboard') as typeof import('../adapters/bullmq/dashboard');
    return createDashboard(queue, path);
  });
  return (request, response, next) => dashboard()(request, response, next);
}
