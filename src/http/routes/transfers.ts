import { answer, refused } from '../answers/answer';
import type { RefusalKind } from '../answers/refusals';
import { viewTransferFor } from '../answers/transferView';
import { mayRead, refusalToDecide } from '../auth/transferAccess';
import type { HttpDeps } from '../deps';
import { ABORTING, COMMITTED, PENDING, TRANSFER_ID } from '../examples/transfers';
import { type Route, route } from '../requests/route';
import { abortBody, transferBody, transferParams, transferPathParams, transferTermsBody } from '../schemas/transfers';
import { transferSchema } from '../schemas/transferView';
import { startTransfer } from '../startTransfer';
import { postingsOf, requestOf } from '../transferRequest';

const TAG = 'transfers';

const STARTED: Route['responses'] = {
  200: { description: 'The transfer is committed.', schema: transferSchema, example: COMMITTED },
  202: {
    description:
      'The transfer is not final yet, or `Prefer: respond-async` asked not to wait: then it may be final already, and `status` says so. Location says where to ask again.',
    schema: transferSchema,
    example: PENDING,
    headers: ['Location'],
  },
};

const START_REFUSALS: readonly RefusalKind[] = [
  'account-not-found',
  'account-closed',
  'account-frozen',
  'currency-mismatch',
  'insufficient-funds',
  'balance-limit-exceeded',
  'same-account',
  'transfer-timed-out',
  'transfer-aborted',
  'transfer-failed',
  'idempotency-key-reused',
];

export function transferRoutes(deps: HttpDeps): Route[] {
  const { coordinator } = deps;

  const byPath = route({
    method: 'post',
    path: '/account/{origin}/transfer/to/{destination}/{amount}',
    name: 'transfer',
    summary: 'Transfer money from one account to another',
    description:
      'Prepares both accounts, decides, and answers when the transfer is final. Repeated under its `Idempotency-Key` it moves no money again and tells what has become of the transfer.',
    example: {
      params: { origin: 'alice', destination: 'bob', amount: 30 },
      headers: { 'Idempotency-Key': 'rent-may' },
      body: { metadata: { invoice: '2026-0042' } },
    },
    tag: TAG,
    access: { kind: 'account', of: ({ params }) => params.origin },
    headers: ['Idempotency-Key', 'Prefer'],
    params: transferPathParams,
    body: transferTermsBody,
    responses: STARTED,
    refusals: START_REFUSALS,
    handler: ({ params, body, ...input }) => startTransfer({ query: { postings: [params] }, ...body }, input, deps),
  });

  const byBody = route({
    method: 'post',
    path: '/transfers',
    name: 'startTransfer',
    summary: 'Transfer money: one amount or several, at once or in two steps',
    description:
      'As the transfer by path, and more: several `postings` that move at one instant or not at all; `capture: manual` to promise the money now and capture it later; `refunds` to give an earlier transfer back; `timeoutMs` for the deadline of the prepare phase; `metadata` that comes back with the transfer. Refusals of several postings are `postings-refused`. Only services and admins may name `participants`. A repetition under its key gets the present state of the transfer: `already-voided` if the authorization was voided, `authorization-expired` if it expired.',
    example: {
      headers: { 'Idempotency-Key': 'invoice-2026-0042' },
      body: { origin: 'alice', destination: 'bob', amount: 30, timeoutMs: 5000, metadata: { invoice: '2026-0042' } },
    },
    tag: TAG,
    access: { kind: 'account', of: ({ body }) => postingsOf(body).map(({ origin }) => origin) },
    headers: ['Idempotency-Key', 'Prefer'],
    body: transferBody,
    responses: STARTED,
    refusals: [
      ...START_REFUSALS,
      'forbidden',
      'already-voided',
      'authorization-expired',
      'postings-refused',
      'participant-refused',
      'refund-exceeds-capture',
      'not-refundable',
      'transfer-not-found',
    ],
    handler: ({ body, ...input }) => startTransfer(requestOf(body), input, deps),
  });

  const read = route({
    method: 'get',
    path: '/transfers/{id}',
    name: 'getTransfer',
    summary: 'Read a transfer with its history',
    description:
      'Its status, its branches as they are now, and the history of decisions. An owner sees the transfers that its account pays for, and of those that others pay for too its own part; of participants it sees names and states.',
    example: { params: { id: TRANSFER_ID } },
    tag: TAG,
    access: { kind: 'transfers' },
    params: transferParams,
    responses: { 200: { description: 'The transfer as it is now.', schema: transferSchema, example: COMMITTED } },
    refusals: ['transfer-not-found'],
    async handler({ params: { id }, context }) {
      context.transferId = id;
      const transfer = await coordinator.get(id);
      if (!transfer || !mayRead(context.caller, transfer.query())) return refused({ kind: 'transfer-not-found' });
      return answer(200, viewTransferFor(context.caller, transfer.record));
    },
  });

  const abort = route({
    method: 'post',
    path: '/transfers/{id}/abort',
    name: 'abortTransfer',
    summary: 'Abort a transfer that is not decided yet',
    description:
      'Decides to abort, unless the transfer is decided already: then nothing changes and the answer says where it is. An authorized one is released by a void. Repeating it does no harm.',
    example: { params: { id: TRANSFER_ID }, body: { reason: 'the order was cancelled' } },
    tag: TAG,
    access: { kind: 'transfers' },
    params: transferParams,
    body: abortBody,
    responses: {
      202: {
        description: 'The transfer is aborting or aborted.',
        schema: transferSchema,
        example: ABORTING,
        headers: ['Location'],
      },
    },
    refusals: ['transfer-not-found', 'forbidden', 'too-late-to-abort'],
    async handler({ params: { id }, body: { reason }, context }) {
      context.transferId = id;
      const transfer = await coordinator.get(id);
      if (!transfer) return refused({ kind: 'transfer-not-found' });
      const refusal = refusalToDecide(context.caller, transfer.query());
      if (refusal) return refused(refusal);
      const aborting = await transfer.abort(reason);
      if (aborting.kind === 'too-late-to-abort') {
        return refused({ kind: 'too-late-to-abort', status: aborting.record.state.status });
      }
      return answer(202, viewTransferFor(context.caller, aborting.record), { Location: `/transfers/${id}` });
    },
  });

  return [byPath, byBody, read, abort];
}
