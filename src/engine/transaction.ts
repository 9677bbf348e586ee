import type { BranchId, TransactionId } from '../domain/ids';
import { type AbortReason, isPending, type TransactionState } from '../domain/transaction/state';
import { crashPoint } from './crashPoint';
import { afterWriting } from './faults';
import type { FinalStatuses } from './finalStatuses';
import type { TransactionRecord, TransactionStore } from './ports';
import type { WakeUpBatcher } from './wakeUpBatcher';

export interface TransactionDeps<Q, R> {
  readonly store: TransactionStore<Q, R>;
  readonly finals: FinalStatuses<Q, R>;
  readonly wakeUps: WakeUpBatcher;
}

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
    const { store, wakeUps } = this.deps;
    const why: AbortReason<R> = reason === undefined ? { kind: 'client' } : { kind: 'client', reason };
    const moved = await store.move({ id: this.id, from: 'preparing', to: 'aborting', reason: why });
    if (moved) {
      crashPoint('decided', this.id);
      wakeUps.resume({ id: this.id, attempts: this.record.attempts }, 0);
    }
    const record = await afterWriting(() => this.read());
    const { status } = record.state;
    // It lost to a move that was itself refused, such as a decision to commit after the deadline.
    if (status === 'preparing' && triesLeft > 0) return this.abort(reason, triesLeft - 1);
    return { kind: status === 'aborting' || status === 'aborted' ? 'aborting' : 'too-late-to-abort', record };
  }

  /** Sends a failed transaction on from where it was interrupted. Refused (false) when it is not failed. */
  async resume(): Promise<boolean> {
    const { state, attempts } = await this.read();
    if (state.status !== 'failed') return false;
    const moved = await this.deps.store.move({ id: this.id, from: 'failed', to: state.interrupted.status });
    if (moved) this.deps.wakeUps.resume({ id: this.id, attempts: attempts + 1 }, 0);
    return moved !== undefined;
  }

  /** The final record, or undefined when `timeoutMs` was not enough. Waiting decides nothing and stopping neither. */
  async pollForFinalStatus({
    timeoutMs,
  }: {
    readonly timeoutMs: number;
  }): Promise<TransactionRecord<Q, R> | undefined> {
    if (!isPending(this.record.state)) return this.record;
    return this.deps.finals.wait(this.id, timeoutMs);
  }
}
