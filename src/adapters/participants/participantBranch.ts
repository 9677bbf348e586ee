import type { BranchId, TransactionId } from '../../domain/ids';
import type { AbortReason, Vote } from '../../domain/transaction/state';
import { participationOf, type TransferQuery, type TransferRefusal } from '../../domain/transfer';
import { TerminalError } from '../../engine/faults';
import {
  PARTICIPANT_BACKOFF,
  type ParticipantAnswer,
  type ParticipantCall,
  type Participants,
} from '../../engine/participants';
import type { AskAgain, Attempt, Branch, Patience } from '../../engine/transactions/branch';

/** How often a driver tries a call before it leaves the call to a job: about 1.5 s at most. */
const ATTEMPTS_MAX = 4;

/** The branch of a remote service in a transfer. Each call is one exchange of the protocol in docs/participants.md. */
export class ParticipantBranch implements Branch<TransferQuery, TransferRefusal> {
  readonly patience: Patience = { backoff: PARTICIPANT_BACKOFF, attemptsMax: ATTEMPTS_MAX };

  private readonly participant: string;
  private readonly branch: string;

  constructor(
    private readonly participants: Pick<Participants, 'call'>,
    id: BranchId,
  ) {
    const own = participationOf(id);
    if (!own) throw new Error(`${id} is no branch of a participant`);
    this.participant = own.participant;
    this.branch = own.branch;
  }

  async prepare(
    id: TransactionId,
    { participants = [] }: TransferQuery,
    attempt: Attempt,
  ): Promise<Vote<TransferRefusal>> {
    const own = participants.find(
      ({ participant, branch }) => participant === this.participant && branch === this.branch,
    );
    const payload = own?.payload;
    const answer = await this.ask('prepare', id, attempt, payload === undefined ? {} : { payload });
    switch (answer.kind) {
      case 'ok':
        return { kind: 'commit' };
      case 'again':
        return { kind: 'retry', afterMs: answer.afterMs };
      case 'conflict': {
        const { participant, branch } = this;
        const { code, detail } = answer;
        return { kind: 'abort', reason: { kind: 'participant-refused', participant, branch, code, detail } };
      }
      case 'unknown':
        throw new Error(answer.why);
    }
  }

  commit(id: TransactionId, _query: TransferQuery, attempt: Attempt): Promise<AskAgain | undefined> {
    return this.tell('commit', id, attempt, {});
  }

  abort(id: TransactionId, reason: AbortReason<TransferRefusal>, attempt: Attempt): Promise<AskAgain | undefined> {
    return this.tell('abort', id, attempt, { reason: reason.kind });
  }

  private async tell(
    call: 'commit' | 'abort',
    id: TransactionId,
    attempt: Attempt,
    more: { readonly reason?: string },
  ): Promise<AskAgain | undefined> {
    const answer = await this.ask(call, id, attempt, more);
    switch (answer.kind) {
      case 'ok':
        return undefined;
      case 'again':
        return { afterMs: answer.afterMs };
      case 'conflict': {
        const did = call === 'commit' ? 'aborted' : 'committed';
        throw new TerminalError(`${this.participant} says that it ${did} ${this.branch} on its own (${answer.code})`);
      }
      case 'unknown':
        throw new Error(answer.why);
    }
  }

  private ask(
    call: ParticipantCall,
    transaction: TransactionId,
    { number, remainingMs }: Attempt,
    more: { readonly payload?: unknown; readonly reason?: string },
  ): Promise<ParticipantAnswer> {
    const { branch } = this;
    const request = { call, transaction, branch, attempt: number, deadlineInMs: remainingMs, ...more };
    return this.participants.call(this.participant, request);
  }
}
