import { answer } from '../answers/answer';
import type { HttpDeps } from '../deps';
import { NOT_READY, READY } from '../examples/operations';
import { type Route, route } from '../requests/route';
import { liveSchema, readySchema } from '../schemas/health';

const TAG = 'operations';

export function healthRoutes({ readiness, draining }: HttpDeps): Route[] {
  const live = route({
    method: 'get',
    path: '/health/live',
    name: 'live',
    summary: 'Whether the process answers at all',
    description: 'Looks at nothing: it says only that the process answers. Restart the process when none comes.',
    example: {},
    tag: TAG,
    access: { kind: 'public' },
    alwaysAdmitted: true,
    responses: { 200: { description: 'It does.', schema: liveSchema, example: { status: 'live' } } },
    refusals: [],
    handler: async () => answer(200, { status: 'live' }),
  });

  const ready = route({
    method: 'get',
    path: '/health/ready',
    name: 'ready',
    summary: 'Whether the process should be sent requests',
    description:
      'Looks at the database, the queue, the last sweep and whether the process is stopping. Send it no requests while it answers 503.',
    example: {},
    tag: TAG,
    access: { kind: 'public' },
    alwaysAdmitted: true,
    responses: {
      200: { description: 'Everything it needs is there.', schema: readySchema, example: READY },
      503: {
        description: 'Something it needs is away, or it is about to stop.',
        schema: readySchema,
        example: NOT_READY,
      },
    },
    refusals: [],
    async handler({ context }) {
      context.isTold = true;
      if (draining.begun) return answer(503, { status: 'draining', checks: {} });
      const { ready, checks } = await readiness();
      return answer(ready ? 200 : 503, { status: ready ? 'ready' : 'not-ready', checks });
    },
  });

  return [live, ready];
}
