import type { TransactionId } from '../../domain/ids';
import type { TransferQuery, TransferRefusal } from '../../domain/transfer';
import type { Transaction } from '../../engine/transactions/transaction';
import { type Outcome, refused } from '../answers/answer';
import { refusalToDecide } from '../auth/transferAccess';
import { captureTransfer, voidTransfer } from '../captureTransfer';
import type { HttpDeps } from '../deps';
import { CAPTURED, CAPTURING, TRANSFER_ID, VOIDED, VOIDING } from '../examples/transfers';
import type { RequestContext } from '../requests/requestContext';
import { type Route, route } from '../requests/route';
import { captureBody, transferParams, voidBody } from '../schemas/transfers';
import { transferSchema } from '../schemas/transferView';

const TAG = 'transfers';
const LATE = [
  'transfer-not-found',
  'forbidden',
  'not-authorized',
  'already-captured',
  'already-voided',
  'authorization-expired',
] as const;
const DECIDED = {
  description: 'It is decided, and not every account has heard of it.',
  schema: transferSchema,
  headers: ['Location'],
} as const;

/** The second step of two-step transfers. */
export function authorizationRoutes(deps: HttpDeps): Route[] {
  async function decide(
    id: TransactionId,
    context: RequestContext,
    how: (transfer: Transaction<TransferQuery, TransferRefusal>) => Promise<Outcome>,
  ): Promise<Outcome> {
    context.transferId = id;
    const transfer = await deps.coordinator.get(id);
    if (!transfer) return refused({ kind: 'transfer-not-found' });
    const refusal = refusalToDecide(context.caller, transfer.query());
    return refusal ? refused(refusal) : how(transfer);
  }

  const capture = route({
    method: 'post',
    path: '/transfers/{id}/capture',
    name: 'captureTransfer',
    summary: 'Move what was authorized, all of it or less',
    description:
      'Without a body all of it. With `amount` so much of the only posting, with `postings` so much of those that are named; what is left is released in the same write. A transfer that has participants is captured whole. It needs no key: repeated with the same amounts it changes nothing and answers the same.',
    example: { params: { id: TRANSFER_ID }, body: { amount: 20 } },
    tag: TAG,
    access: { kind: 'transfers' },
    params: transferParams,
    body: captureBody,
    responses: {
      200: { description: 'The transfer, committed.', schema: transferSchema, example: CAPTURED },
      202: { ...DECIDED, example: CAPTURING },
    },
    refusals: [...LATE, 'capture-exceeds-authorization', 'capture-not-divisible', 'transfer-failed'],
    handler: ({ params: { id }, body, context }) =>
      decide(id, context, (transfer) => captureTransfer(transfer, body, deps)),
  });

  const giveBack = route({
    method: 'post',
    path: '/transfers/{id}/void',
    name: 'voidTransfer',
    summary: 'Give an authorization back',
    description:
      'Releases what was promised; no money moves. It needs no key: repeated it changes nothing and answers the same.',
    example: { params: { id: TRANSFER_ID }, body: { reason: 'the guest did not come' } },
    tag: TAG,
    access: { kind: 'transfers' },
    params: transferParams,
    body: voidBody,
    responses: {
      200: { description: 'The transfer, aborted.', schema: transferSchema, example: VOIDED },
      202: { ...DECIDED, example: VOIDING },
    },
    refusals: LATE,
    handler: ({ params: { id }, body: { reason }, context }) =>
      decide(id, context, (transfer) => voidTransfer(transfer, reason, deps)),
  });

  return [capture, giveBack];
}
