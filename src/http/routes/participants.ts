import { participationId } from '../../domain/transfer';
import type { ParticipantStatus } from '../../engine/participants';
import type { WaitingCalls } from '../../engine/reads';
import { answer, refused } from '../answers/answer';
import { viewTransfer } from '../answers/transferView';
import type { HttpDeps } from '../deps';
import { STOCK } from '../examples/participants';
import { COMMITTING, TRANSFER_ID } from '../examples/transfers';
import { requestedBy } from '../requests/caller';
import { type Route, route } from '../requests/route';
import { type ParticipantView, participantsSchema, settleBody, settleParams } from '../schemas/participants';
import { transferSchema } from '../schemas/transferView';

const TAG = 'operations';
const ACCESS = { kind: 'admin' } as const;

export function participantRoutes({ coordinator, operations, participants }: HttpDeps): Route[] {
  const list = route({
    method: 'get',
    path: '/admin/participants',
    name: 'listParticipants',
    summary: 'List the services that take part in transfers, whether they answer, and what waits for them',
    description:
      'What this process sees of each participant, and over all processes how many branches wait to be asked again, the oldest with its last error and its next attempt.',
    example: {},
    tag: TAG,
    access: ACCESS,
    responses: { 200: { description: 'All of them.', schema: participantsSchema, example: { items: [STOCK] } } },
    refusals: [],
    async handler() {
      const waiting = new Map((await operations.waitingCalls()).map((calls) => [calls.participant, calls]));
      const known = participants
        .status()
        .map((status) => viewParticipant(status.name, status, waiting.get(status.name)));
      const names = new Set(participants.names());
      const gone = [...waiting.values()].filter(({ participant }) => !names.has(participant));
      const items = [...known, ...gone.map((calls) => viewParticipant(calls.participant, undefined, calls))];
      return answer(200, { items });
    },
  });

  const settle = route({
    method: 'post',
    path: '/admin/transfers/{id}/branches/{participant}/{branch}/settle',
    name: 'settleBranch',
    summary: 'Say what a participant did that is gone for good, so that its transfer can end',
    description:
      'Only for a decided transfer whose participant does not answer any more, or has broken its promise. The branch counts as ended, and the transfer goes on without asking it. The decision stands, whatever `as` says. Who said so, and `note`, stay in the history. Repeating it in the same words does no harm.',
    example: {
      params: { id: TRANSFER_ID, participant: 'stock', branch: 'order-17' },
      body: { as: 'committed', note: 'the shelf was counted; ticket 4711' },
    },
    tag: TAG,
    access: ACCESS,
    params: settleParams,
    body: settleBody,
    responses: {
      202: {
        description: 'It is being gone on with.',
        schema: transferSchema,
        example: COMMITTING,
        headers: ['Location'],
      },
    },
    refusals: ['transfer-not-found', 'branch-not-found', 'branch-not-open'],
    async handler({ params: { id, participant, branch }, body: { as, note }, context }) {
      context.transferId = id;
      const transfer = await coordinator.get(id);
      if (!transfer) return refused({ kind: 'transfer-not-found' });
      const branchId = participationId({ participant, branch });
      if (!transfer.branches().includes(branchId)) return refused({ kind: 'branch-not-found' });
      const { requestedBy: by } = requestedBy(context.caller);
      const settled = await transfer.settle({ branch: branchId, as, note, ...(by !== undefined && { by }) });
      const record = await transfer.read();
      if (!settled) return refused({ kind: 'branch-not-open', status: record.state.status });
      context.log.warn({ transactionId: id, branch: branchId, as, by }, 'an operator settled a branch');
      return answer(202, viewTransfer(record), { Location: `/transfers/${id}` });
    },
  });

  return [list, settle];
}

function viewParticipant(
  name: string,
  status: ParticipantStatus | undefined,
  waiting: WaitingCalls | undefined,
): ParticipantView {
  return {
    name,
    url: status?.url ?? null,
    reachable: status?.reachable ?? null,
    breaker: status?.breaker ?? null,
    inFlight: status?.inFlight ?? 0,
    queued: status?.waiting ?? 0,
    lastError: status?.lastError ?? null,
    waiting: waiting?.count ?? 0,
    oldest: waiting ? viewOldest(waiting.oldest) : null,
  };
}

function viewOldest({ transactionId, ...oldest }: WaitingCalls['oldest']): NonNullable<ParticipantView['oldest']> {
  return { transfer: transactionId, ...oldest };
}
