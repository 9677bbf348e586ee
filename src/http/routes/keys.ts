import { answer } from '../answers/answer';
import type { HttpDeps } from '../deps';
import { KEYS } from '../examples/transfers';
import { callerOfScope } from '../requests/caller';
import { type Route, route } from '../requests/route';
import { keysQuery, keysSchema } from '../schemas/keys';

export function keyRoutes({ history }: Pick<HttpDeps, 'history'>): Route[] {
  const find = route({
    method: 'get',
    path: '/idempotency-keys',
    name: 'findIdempotencyKey',
    summary: 'Find what an idempotency key stands for',
    description:
      'Every caller has keys of its own, so one key may stand for several requests: each is told with the caller whose it was and the transfer that it started. Keys are kept as long as finished transfers.',
    example: { query: { key: 'rent-may' } },
    tag: 'transfers',
    access: { kind: 'service' },
    query: keysQuery,
    responses: {
      200: { description: 'The newest first; none when there is no such key.', schema: keysSchema, example: KEYS },
    },
    refusals: [],
    async handler({ query: { key, limit } }) {
      const found = await history.keys(key, limit);
      return answer(200, {
        items: found.map(({ scope, transactionId, createdAt }) => ({
          ...callerOfScope(scope),
          ...(transactionId !== undefined && { transferId: transactionId }),
          createdAt,
        })),
      });
    },
  });

  return [find];
}
