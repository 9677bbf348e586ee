import { answer } from '../answer';
import type { HttpDeps } from '../deps';
import { type Route, route } from '../route';
import { liveSchema, readySchema } from '../schemas/health';

const TAG = 'operations';

export function healthRoutes({ readiness, draining }: HttpDeps): Route[] {
  const live = route({
    method: 'get',
    path: '/health/live',
    name: 'live',
    summary: 'Whether the process answers at all',
    tag: TAG,
    access: { kind: 'public' },
    alwaysAdmitted: true,
    responses: { 200: { description: 'It does.', schema: liveSchema } },
    refusals: [],
    handler: async () => answer(200, { status: 'live' }),
  });

  const ready = route({
    method: 'get',
    path: '/health/ready',
    name: 'ready',
    summary: 'Whether the process should be sent requests',
    tag: TAG,
    access: { kind: 'public' },
    alwaysAdmitted: true,
    responses: {
      200: { description: 'Everything it needs is there.', schema: readySchema },
      503: { description: 'Something it needs is away, or it is about to stop.', schema: readySchema },
    },
    refusals: [],
    async handler() {
      if (draining.begun) return answer(503, { status: 'draining', checks: {} });
      const { ready, checks } = await readiness();
      return answer(ready ? 200 : 503, { status: ready ? 'ready' : 'not-ready', checks });
    },
  });

  return [live, ready];
}
