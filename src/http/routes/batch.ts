import { answer, refused } from '../answers/answer';
import type { Refusal } from '../answers/refusals';
import type { HttpDeps } from '../deps';
import { COMMITTED, PENDING } from '../examples/transfers';
import { prefersAsync } from '../requests/prefer';
import { type Route, route } from '../requests/route';
import { BATCH_BYTES_MAX, BATCH_MAX, batchBody, batchSchema } from '../schemas/batch';
import { startBatch } from '../transferBatch';
import { requestOf } from '../transferRequest';

export function batchRoutes(deps: HttpDeps): Route[] {
  const { requestsInFlightMax, requestsPerSecond = requestsInFlightMax } = deps.limits;
  // A larger batch would be refused at every retry, because each item counts as a request.
  const mostAtOnce = Math.min(BATCH_MAX, requestsInFlightMax, requestsPerSecond);

  const batch = route({
    method: 'post',
    path: '/transfers/batch',
    name: 'startTransfers',
    summary: 'Start many transfers that are independent of each other',
    description: `Takes 1 to ${BATCH_MAX} transfers, each as a request of its own would be, under an \`idempotencyKey\` of its own: repeating the whole after a lost answer repeats nothing. What must move at one instant is one transfer with several postings.`,
    example: {
      body: { transfers: [{ idempotencyKey: 'payroll-may-alice', origin: 'alice', destination: 'bob', amount: 30 }] },
    },
    tag: 'transfers',
    access: { kind: 'transfers' },
    headers: ['Prefer'],
    bodyBytesMax: BATCH_BYTES_MAX,
    body: batchBody,
    responses: {
      200: {
        description: 'One result for each transfer; those that are not final when the wait ends have 202.',
        schema: batchSchema,
        example: {
          results: [
            { status: 200, transfer: COMMITTED },
            { status: 202, transfer: PENDING },
          ],
        },
      },
    },
    refusals: [],
    async handler({ body: { transfers }, headers, context, claim }) {
      if (transfers.length > mostAtOnce) return refused(tooMany(mostAtOnce));
      const refusal = await claim(transfers.length - 1);
      if (refusal) return refusal;
      const items = transfers.map(({ idempotencyKey, ...body }) => ({ idempotencyKey, request: requestOf(body) }));
      const results = await startBatch(items, context, prefersAsync(headers), deps);
      return answer(200, { results });
    },
  });
  return [batch];
}

function tooMany(max: number): Refusal {
  const message = `must be ${max} at most: this service takes no more at once of one caller`;
  return { kind: 'invalid-request', errors: [{ in: 'body', path: 'transfers', message }] };
}
