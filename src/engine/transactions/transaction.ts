import type { Decision } from '../../domain/decision';
import type { BranchId, TransactionId } from '../../domain/ids';
import { decide, type TransactionCommand, type TransactionRefusal } from '../../domain/transaction/decide';
import type { TransactionEvent } from '../../domain/transaction/events';
import { evolve } from '../../domain/transaction/evolve';
import { type AbortReason, isPending, type TransactionState } from '../../domain/transaction/state';
import type { Clock } from '../clock';
import { crashPoint } from '../crashPoint';
import { afterWriting, UnavailableError } from '../faults';
import type { Move } from '../journal/entries';
import type { GroupCommit } from '../journal/groupCommit';
import { backoffMs } from '../retry';
import type { FinalStatuses } from './finalStatuses';
import { isMilestone, type Milestone, movedRecord, moveFor, resumeMove, tellMove } from './milestone';
import { writeMove } from './moveUnit';
import { hasExpired, type Settlement, type TransactionRecord } from './record';
import type { TransactionStore } from './store';
import type { WakeUpBatcher } from './wakeUpBatcher';

export interface TransactionDeps<Q, R> {
  readonly store: Pick<TransactionStore<Q, R>, 'read' | 'settle'>;
  readonly commit: GroupCommit<Q, R>;
  readonly finals: FinalStatuses<Q, R>;
  readonly wakeUps: WakeUpBatcher;
  readonly clock: Clock;
  /** Makes sure that a record that was just written is driven. */
  readonly goOn: (record: TransactionRecord<Q, R>) => void;
}

export type Decided<Q, R> =
  | { readonly kind: 'decided'; readonly transaction: Transaction<Q, R> }
  | { readonly kind: 'refused'; readonly refusal: TransactionRefusal; readonly record: TransactionRecord<Q, R> };

export type Aborting<Q, R> =
  | { readonly kind: 'aborting'; readonly record: TransactionRecord<Q, R> }
  | { readonly kind: 'too-late-to-abort'; readonly record: TransactionRecord<Q, R> };

/** How many times, and how far apart, a decision is tried while another session locks the record's row: two seconds in total. */
const LOCKED_MAX = 14;
const LOCKED_BACKOFF = { initialMs: 2, maxMs: 250 };

/** One transaction, for its creator or a reader. */
export class Transaction<Q, R> {
  constructor(
    readonly id: TransactionId,
    /** The record as it was read or created. {@link status} reads it again. */
    readonly record: TransactionRecord<Q, R>,
    private readonly deps: TransactionDeps<Q, R>,
  ) {}

  query(): Q {
    return this.record.state.query;
  }

  branches(): readonly BranchId[] {
    return this.record.state.branches;
  }

  async status(): Promise<TransactionState<Q, R>['status']> {
    return (await this.read()).state.status;
  }

  async read(): Promise<TransactionRecord<Q, R>> {
    const [record] = await this.deps.store.read([this.id]);
    if (!record) throw new Error(`transaction ${this.id} is not stored`);
    return record;
  }

  /** Decides to abort, unless the transaction is decided. Idempotent: a repetition finds it aborting or aborted. */
  async abort(reason?: string): Promise<Aborting<Q, R>> {
    const why: AbortReason<R> = reason === undefined ? { kind: 'client' } : { kind: 'client', reason };
    for (let attempt = 0; ; attempt += 1) {
      const move = { id: this.id, from: 'preparing', to: 'aborting', reason: why } as const;
      const moved = await this.move(move, attempt);
      if (moved !== undefined) this.goOn('decided', this.record.attempts);
      const record = await afterWriting(() => this.read());
      const { status } = record.state;
      if (status !== 'preparing')
        return { kind: status === 'aborting' || status === 'aborted' ? 'aborting' : 'too-late-to-abort', record };
      await this.beforeTrying(attempt);
    }
  }

  /**
   * Decides to commit the authorized transaction, for the postings in `query`. Refused when the transaction is not
   * authorized, or something else was decided.
   */
  capture(query: Q): Promise<Decided<Q, R>> {
    return this.decideAuthorized({ type: 'Capture', query });
  }

  /** Decides to release what was authorized. Refused as {@link capture} is. */
  void(reason?: string): Promise<Decided<Q, R>> {
    return this.decideAuthorized({ type: 'Void', reason: { kind: 'voided', ...(reason !== undefined && { reason }) } });
  }

  /**
   * One compare-and-set decides between capture, void and expiry. The loser gets the current record. A capture that
   * comes after the expiry writes the expiry as the decision: until then, another capture that came in time may be
   * under way.
   */
  private async decideAuthorized(command: TransactionCommand<Q, R>): Promise<Decided<Q, R>> {
    let { record } = this;
    for (let attempt = 0; ; attempt += 1) {
      const isLate = command.type === 'Capture' && hasExpired(record);
      const decision = milestoneOf(record.state, isLate ? { type: 'Void', reason: { kind: 'expired' } } : command);
      if (decision.kind === 'refused') return { ...decision, record };
      const decided = await this.writeMilestone(record, decision.milestone, attempt);
      if (decided && isLate) return { kind: 'refused', refusal: { kind: 'authorization-expired' }, record: decided };
      if (decided) return { kind: 'decided', transaction: new Transaction(this.id, decided, this.deps) };
      record = await afterWriting(() => this.read());
      if (record.state.status === 'authorized') await this.beforeTrying(attempt);
    }
  }

  /** Resolves to undefined when the move was refused. */
  private async writeMilestone(
    record: TransactionRecord<Q, R>,
    milestone: Milestone<Q, R>,
    attempt: number,
  ): Promise<TransactionRecord<Q, R> | undefined> {
    const move = moveFor(record.state, milestone);
    const at = await this.move(move, attempt);
    if (at === undefined) return undefined;
    tellMove(record, move, at);
    const moved = movedRecord(record, evolve(record.state, milestone), move, at);
    this.deps.goOn(moved);
    return moved;
  }

  /** A session that was cut off may still write an earlier attempt, so only the first one may fail as not begun. */
  private move(move: Move<Q, R>, attempt: number): Promise<string | undefined> {
    const write = (): Promise<string | undefined> => writeMove(this.deps.commit, move);
    return attempt === 0 ? write() : afterWriting(write);
  }

  /**
   * Waits before the next try after a refused move that the record does not explain: another session has locked its
   * row, or lost to a move that was itself refused. Throws UnavailableError when that lasts: the other session may be
   * one of this service that was cut off, and may still write what it was sent.
   */
  private async beforeTrying(attempt: number): Promise<void> {
    if (attempt >= LOCKED_MAX) {
      const message = `The row of transaction ${this.id} is locked by another session`;
      throw new UnavailableError(message, 'unknown', { away: 'lock' });
    }
    await this.deps.clock.sleep(backoffMs(LOCKED_BACKOFF, attempt, 1));
  }

  /** Sends a failed transaction on from where it was interrupted. Resolves to false when it is not failed. */
  async resume(): Promise<boolean> {
    const { state, attempts } = this.record;
    if (state.status !== 'failed') return false;
    const moved = await writeMove(this.deps.commit, resumeMove<Q, R>(this.id, state.interrupted));
    if (moved !== undefined) this.goOn(undefined, attempts + 1);
    return moved !== undefined;
  }

  /**
   * Takes an operator's word for what a branch did that no longer answers, and goes on, even if the transaction has
   * failed. The word does not change the decision. Resolves to false when there is no decision yet, the transaction has
   * ended, or the branch has confirmed. Idempotent: the same word resolves to true again.
   */
  async settle(settlement: Settlement): Promise<boolean> {
    const isNew = await this.deps.store.settle(this.id, settlement);
    const record = await afterWriting(() => this.read());
    if (!isNew && !record.history.some(({ settled }) => settled && isSameWord(settled, settlement))) return false;
    if (isPending(record.state)) this.goOn(undefined, record.attempts);
    // A driver that asked the branch before the operator's word was stored may have failed the transaction afterwards.
    else await new Transaction(this.id, record, this.deps).resume();
    return true;
  }

  /** Resolves to the record once it is at rest, or to undefined after `timeoutMs`. Neither the wait nor its end decides anything. */
  async pollForFinalStatus({
    timeoutMs,
  }: {
    readonly timeoutMs: number;
  }): Promise<TransactionRecord<Q, R> | undefined> {
    if (!isPending(this.record.state)) return this.record;
    return this.deps.finals.wait(this.id, timeoutMs);
  }

  private goOn(window: 'decided' | undefined, attempts: number): void {
    if (window) crashPoint(window, this.id);
    this.deps.wakeUps.resume({ id: this.id, attempts }, 0);
  }
}

function isSameWord(one: Partial<Settlement>, { branch, as, note }: Settlement): boolean {
  return one.branch === branch && one.as === as && one.note === note;
}

function milestoneOf<Q, R>(
  state: TransactionState<Q, R>,
  command: TransactionCommand<Q, R>,
):
  | { readonly kind: 'refused'; readonly refusal: TransactionRefusal }
  | { readonly kind: 'decided'; readonly milestone: Milestone<Q, R> } {
  const decision: Decision<TransactionEvent<Q, R>, TransactionRefusal> = decide(state, command);
  if (decision.kind === 'refused') return decision;
  const milestone = decision.events.find(isMilestone);
  if (!milestone) throw new Error('an authorization was decided without a milestone');
  return { kind: 'decided', milestone };
}
