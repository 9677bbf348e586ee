import { answer, refused } from '../answer';
import { mayUse } from '../auth/access';
import type { HttpDeps } from '../deps';
import type { RefusalKind } from '../refusals';
import { type Route, route } from '../route';
import { abortBody, transferBody, transferParams, transferPathParams, transferSchema } from '../schemas/transfers';
import { startTransfer } from '../startTransfer';
import { viewTransfer } from '../transferView';

const TAG = 'transfers';

const STARTED = {
  200: { description: 'The transfer is committed.', schema: transferSchema },
  202: {
    description: 'The transfer is not final yet; Location says where to ask again.',
    schema: transferSchema,
  },
};

const START_REFUSALS: readonly RefusalKind[] = [
  'account-not-found',
  'insufficient-funds',
  'balance-limit-exceeded',
  'same-account',
  'transfer-timed-out',
  'transfer-aborted',
  'transfer-failed',
  'idempotency-key-reused',
];

export function transferRoutes(deps: HttpDeps): Route[] {
  const { coordinator, accountStore } = deps;

  const byPath = route({
    method: 'post',
    path: '/account/{origin}/transfer/to/{destination}/{amount}',
    name: 'transfer',
    summary: 'Transfer money from one account to another',
    tag: TAG,
    access: { kind: 'account', of: ({ params }) => params.origin },
    headers: ['Idempotency-Key', 'Prefer'],
    params: transferPathParams,
    responses: STARTED,
    refusals: START_REFUSALS,
    handler: ({ params, ...input }) => startTransfer({ query: params }, input, deps),
  });

  const byBody = route({
    method: 'post',
    path: '/transfers',
    name: 'startTransfer',
    summary: 'Transfer money, with a deadline and metadata of your own',
    tag: TAG,
    access: { kind: 'account', of: ({ body }) => body.origin },
    headers: ['Idempotency-Key', 'Prefer'],
    body: transferBody,
    responses: STARTED,
    refusals: START_REFUSALS,
    handler: ({ body: { origin, destination, amount, timeoutMs, metadata }, ...input }) =>
      startTransfer({ query: { origin, destination, amount }, timeoutMs, metadata }, input, deps),
  });

  const read = route({
    method: 'get',
    path: '/transfers/{id}',
    name: 'getTransfer',
    summary: 'Read a transfer with its history',
    tag: TAG,
    access: { kind: 'transfers' },
    params: transferParams,
    responses: { 200: { description: 'The transfer as it is now.', schema: transferSchema } },
    refusals: ['transfer-not-found'],
    async handler({ params: { id }, context }) {
      context.transferId = id;
      const transfer = await coordinator.get(id);
      if (!transfer || !mayUse(context.caller, transfer.query().origin)) return refused({ kind: 'transfer-not-found' });
      return answer(200, await viewTransfer(transfer.record, accountStore));
    },
  });

  const abort = route({
    method: 'post',
    path: '/transfers/{id}/abort',
    name: 'abortTransfer',
    summary: 'Abort a transfer that is not decided yet',
    tag: TAG,
    access: { kind: 'transfers' },
    params: transferParams,
    body: abortBody,
    responses: { 202: { description: 'The transfer is aborting or aborted.', schema: transferSchema } },
    refusals: ['transfer-not-found', 'too-late-to-abort'],
    async handler({ params: { id }, body: { reason }, context }) {
      context.transferId = id;
      const transfer = await coordinator.get(id);
      if (!transfer || !mayUse(context.caller, transfer.query().origin)) return refused({ kind: 'transfer-not-found' });
      const aborting = await transfer.abort(reason);
      if (aborting.kind === 'too-late-to-abort') {
        return refused({ kind: 'too-late-to-abort', status: aborting.record.state.status });
      }
      return answer(202, await viewTransfer(aborting.record, accountStore), { Location: `/transfers/${id}` });
    },
  });

  return [byPath, byBody, read, abort];
}
