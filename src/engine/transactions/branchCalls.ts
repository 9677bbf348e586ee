import type { BranchId, TransactionId } from '../../domain/ids';
import type { TransactionCommand } from '../../domain/transaction/decide';
import type { BranchCall } from '../../domain/transaction/pendingWork';
import type { Clock } from '../clock';
import { TerminalError } from '../faults';
import { type BackoffPolicy, backoffMs } from '../retry';
import { branchRetried } from '../telemetry';
import { traced } from '../tracing';
import type { Attempt, Branch, Patience } from './branch';
import type { TransactionRecord } from './record';
import { LeftForLater } from './unanswered';

export interface CallDeps<Q, R> {
  readonly branchOf: (branch: BranchId) => Branch<Q, R>;
  readonly clock: Clock;
  /** The backoff between the attempts of one call to a branch without its own patience. */
  readonly backoff: BackoffPolicy;
  readonly attemptsMax: number;
}

/** The longest time that a driver waits in memory before it repeats a call to a patient branch. A job makes a call that is due later. */
const WAIT_MAX_MS = 1_000;

/** Makes the calls of one step to branches elsewhere, and repeats each until it is answered or must be left. */
export class BranchCalls<Q, R> {
  private readonly endsAtMs: number;

  constructor(
    private readonly id: TransactionId,
    private readonly record: Pick<TransactionRecord<Q, R>, 'remainingMs' | 'unanswered'>,
    private readonly deps: CallDeps<Q, R>,
    /** Whether the step has ended, so that no call is repeated. */
    private readonly isOver: () => boolean,
  ) {
    this.endsAtMs = deps.clock.monotonicMs() + record.remainingMs;
  }

  /** Resolves to what the transaction learns. Throws when the attempts are over, or leaves the call to a later driver. */
  async make(call: BranchCall<Q, R>): Promise<TransactionCommand<Q, R>> {
    const branch = this.deps.branchOf(call.branch);
    const { patience } = branch;
    if (patience) return this.askPatiently(call, branch, patience);
    const { attemptsMax, backoff, clock } = this.deps;
    for (let attempt = 1; ; attempt += 1) {
      let cause: 'error' | 'asked' = 'asked';
      try {
        const answer = await this.callOnce(call, branch, attempt);
        if ('type' in answer) return answer;
      } catch (error) {
        if (error instanceof TerminalError || attempt >= attemptsMax) throw error;
        cause = 'error';
      }
      await this.pause(call, cause, backoffMs(backoff, attempt - 1, clock.random()));
    }
  }

  /** Continues the call where an earlier driver left it. Leaves it to a later driver if the next attempt is more than a moment away. */
  private async askPatiently(
    call: BranchCall<Q, R>,
    branch: Branch<Q, R>,
    { backoff, attemptsMax }: Patience,
  ): Promise<TransactionCommand<Q, R>> {
    const { clock } = this.deps;
    const before = this.record.unanswered.find((left) => left.branch === call.branch && left.call === call.type);
    if (before && before.nextInMs > 0) throw new LeftForLater({ ...before, delayMs: before.nextInMs });
    for (let attempt = (before?.attempts ?? 0) + 1; ; attempt += 1) {
      let cause: 'error' | 'asked' = 'asked';
      let error = 'it wants to be asked again';
      let isTerminal = false;
      let delayMs = backoffMs(backoff, attempt - 1, clock.random());
      try {
        const answer = await this.callOnce(call, branch, attempt);
        if ('type' in answer) return answer;
        delayMs = answer.afterMs ?? delayMs;
      } catch (caught) {
        cause = 'error';
        error = caught instanceof Error ? caught.message : String(caught);
        isTerminal = caught instanceof TerminalError;
      }
      if (isTerminal || attempt >= attemptsMax || delayMs > WAIT_MAX_MS) {
        const left = { branch: call.branch, call: call.type, attempts: attempt, error, delayMs };
        throw new LeftForLater(left, isTerminal);
      }
      await this.pause(call, cause, delayMs);
    }
  }

  private async pause(call: BranchCall<Q, R>, cause: 'error' | 'asked', ms: number): Promise<void> {
    if (this.isOver()) throw new Error('the step is over');
    branchRetried.tell(() => ({ call: call.type, cause }));
    await this.deps.clock.sleep(ms);
  }

  private callOnce(call: BranchCall<Q, R>, branch: Branch<Q, R>, attempt: number): Promise<Answer<Q, R>> {
    return traced(
      `branch ${call.type}`,
      () => ({ 'tandem.transaction': this.id, 'tandem.branch': call.branch }),
      () => {
        const remainingMs = Math.max(0, Math.floor(this.endsAtMs - this.deps.clock.monotonicMs()));
        return answerOf(this.id, call, branch, { number: attempt, remainingMs });
      },
    );
  }
}

/** What follows from a branch's answer. A branch may also ask to be called again, as often as it likes. */
type Answer<Q, R> = TransactionCommand<Q, R> | { readonly afterMs: number | undefined };

async function answerOf<Q, R>(
  id: TransactionId,
  call: BranchCall<Q, R>,
  branch: Branch<Q, R>,
  attempt: Attempt,
): Promise<Answer<Q, R>> {
  if (call.type === 'prepare') {
    const vote = await branch.prepare(id, call.query, attempt);
    if (vote.kind === 'retry') return { afterMs: vote.afterMs };
    return { type: 'RecordVotes', votes: [{ branch: call.branch, vote }] };
  }
  const again =
    call.type === 'commit'
      ? await branch.commit(id, call.query, attempt)
      : await branch.abort(id, call.reason, attempt);
  return again ?? { type: 'ConfirmBranch', branch: call.branch };
}
