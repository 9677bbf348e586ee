import type { Decision } from '../../domain/decision';
import type { BranchId, TransactionId } from '../../domain/ids';
import { decide, type TransactionCommand, type TransactionRefusal } from '../../domain/transaction/decide';
import type { TransactionEvent } from '../../domain/transaction/events';
import { type AbortReason, isPending, type TransactionState } from '../../domain/transaction/state';
import { crashPoint } from '../crashPoint';
import { afterWriting } from '../faults';
import type { GroupCommit } from '../journal/groupCommit';
import type { FinalStatuses } from './finalStatuses';
import { isMilestone, movedRecord, moveFor, resumeMove, tellMove } from './milestone';
import { writeMove } from './moveUnit';
import type { TransactionRecord } from './record';
import type { TransactionStore } from './store';
import type { WakeUpBatcher } from './wakeUpBatcher';

export interface TransactionDeps<Q, R> {
  readonly store: Pick<TransactionStore<Q, R>, 'read'>;
  readonly commit: GroupCommit<Q, R>;
  readonly finals: FinalStatuses<Q, R>;
  readonly wakeUps: WakeUpBatcher;
  /** Sees to it that a record that has just been written is driven. */
  readonly goOn: (record: TransactionRecord<Q, R>) => void;
}

export type Decided<Q, R> =
  | { readonly kind: 'decided'; readonly transaction: Transaction<Q, R> }
  | { readonly kind: 'refused'; readonly refusal: TransactionRefusal; readonly record: TransactionRecord<Q, R> };

export type Aborting<Q, R> =
  | { readonly kind: 'aborting'; readonly record: TransactionRecord<Q, R> }
  | { readonly kind: 'too-late-to-abort'; readonly record: TransactionRecord<Q, R> };

/** One transaction as its creator or a reader sees it. */
export class Transaction<Q, R> {
  constructor(
    readonly id: TransactionId,
    /** As it was read or created; {@link status} asks again. */
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

  /** Decides to abort, unless it is decided already. Idempotent: repeating it finds it aborting or aborted. */
  async abort(reason?: string, triesLeft = 3): Promise<Aborting<Q, R>> {
    const why: AbortReason<R> = reason === undefined ? { kind: 'client' } : { kind: 'client', reason };
    const moved = await writeMove(this.deps.commit, {
      id: this.id,
      from: 'preparing',
      to: 'aborting',
      reason: why,
    });
    if (moved !== undefined) this.goOn('decided', this.record.attempts);
    const record = await afterWriting(() => this.read());
    const { status } = record.state;
    // It lost to a move that was itself refused, such as a decision to commit after the deadline.
    if (status === 'preparing' && triesLeft > 0) return this.abort(reason, triesLeft - 1);
    return { kind: status === 'aborting' || status === 'aborted' ? 'aborting' : 'too-late-to-abort', record };
  }

  /** Decides to commit what was authorized, for what `query` says. Refused when something else was decided, or nothing. */
  capture(query: Q): Promise<Decided<Q, R>> {
    return this.decideAuthorized({ type: 'Capture', query });
  }

  /** Decides to give back what was authorized. Refused as {@link capture} is. */
  void(reason?: string): Promise<Decided<Q, R>> {
    return this.decideAuthorized({ type: 'Void', reason: { kind: 'voided', ...(reason !== undefined && { reason }) } });
  }

  /** Capture, void and expiry are decided by one compare-and-set; the one that loses is told what the record is now. */
  private async decideAuthorized(command: TransactionCommand<Q, R>): Promise<Decided<Q, R>> {
    const decision: Decision<TransactionEvent<Q, R>, TransactionRefusal> = decide(this.record.state, command);
    if (decision.kind === 'refused') return { ...decision, record: this.record };
    const milestone = decision.events.find(isMilestone);
    if (!milestone) throw new Error('an authorization was decided without a milestone');
    const move = moveFor(this.record.state, milestone);
    const at = await writeMove(this.deps.commit, move);
    if (at === undefined) {
      const record = await afterWriting(() => this.read());
      if (record.state.status === 'authorized')
        return { kind: 'refused', refusal: { kind: 'authorization-expired' }, record };
      const again: Decision<TransactionEvent<Q, R>, TransactionRefusal> = decide(record.state, command);
      if (again.kind === 'accepted') throw new Error(`transaction ${this.id} took no decision`);
      return { ...again, record };
    }
    tellMove(this.record, move, at);
    const record = movedRecord(this.record, this.record.state, milestone, move, at);
    this.deps.goOn(record);
    return { kind: 'decided', transaction: new Transaction(this.id, record, this.deps) };
  }

  /** Sends a failed transaction on from where it was interrupted. Refused (false) when it is not failed. */
  async resume(): Promise<boolean> {
    const { state, attempts } = this.record;
    if (state.status !== 'failed') return false;
    const moved = await writeMove(this.deps.commit, resumeMove<Q, R>(this.id, state.interrupted));
    if (moved !== undefined) this.goOn(undefined, attempts + 1);
    return moved !== undefined;
  }

  /** The settled record, or undefined when `timeoutMs` was not enough. Waiting decides nothing and stopping neither. */
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
