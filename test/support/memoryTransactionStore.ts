import type { TransactionId } from '../../src/domain/ids';
import { isPending, type Pending, type TransactionState } from '../../src/domain/transaction/state';
import { progressOf } from '../../src/engine/transactions/milestone';
import type { BranchProgress, Resumption, Settlement, TransactionRecord } from '../../src/engine/transactions/record';
import type { SweepAges, TransactionStore } from '../../src/engine/transactions/store';
import { type Left, NOTHING_LEFT, type StoredCall } from '../../src/engine/transactions/unanswered';
import type { MemoryDatabase, MemoryTransaction } from './memoryDatabase';
import { MemoryStore } from './memoryStore';

export interface TransactionCall {
  readonly kind: 'read' | 'readAtRest' | 'defer' | 'settle' | 'claimDue' | 'sweepAges';
}

/** An in-memory {@link TransactionStore}. */
export class MemoryTransactionStore<Q, R> extends MemoryStore<TransactionCall> implements TransactionStore<Q, R> {
  constructor(readonly database: MemoryDatabase<Q, R>) {
    super();
  }

  read(ids: readonly TransactionId[]): Promise<TransactionRecord<Q, R>[]> {
    return this.around({ kind: 'read' }, () => this.stored(ids));
  }

  readAtRest(ids: readonly TransactionId[]): Promise<TransactionRecord<Q, R>[]> {
    return this.around({ kind: 'readAtRest' }, () => this.stored(ids).filter(({ state }) => !isPending(state)));
  }

  defer(id: TransactionId, delayMs: number, left: Left = NOTHING_LEFT): Promise<number> {
    return this.around({ kind: 'defer' }, () => {
      const row = this.database.transactions.get(id);
      if (!row || !isPending(stateOf(row))) return 0;
      row.attempts += 1;
      const { nowMs } = this.database.clock;
      row.nextAttemptMs = nowMs + delayMs;
      for (const { delayMs: callMs, ...unanswered } of left.unanswered) {
        const known = row.calls.get(unanswered.branch);
        if (known?.confirmed) continue;
        const sinceMs = known?.unanswered?.call === unanswered.call ? known.sinceMs : nowMs;
        row.calls.set(unanswered.branch, { confirmed: undefined, unanswered, sinceMs, nextMs: nowMs + callMs });
      }
      for (const { branch, as } of left.confirmed) {
        if (!row.calls.get(branch)?.confirmed) row.calls.set(branch, { confirmed: as, sinceMs: nowMs, nextMs: 0 });
      }
      return row.attempts;
    });
  }

  settle(id: TransactionId, settled: Settlement): Promise<boolean> {
    return this.around({ kind: 'settle' }, () => {
      const row = this.database.transactions.get(id);
      if (!row || row.finishedAt !== undefined || !isDecided(row)) return false;
      if (!row.start.branches.includes(settled.branch) || row.calls.get(settled.branch)?.confirmed) return false;
      const { nowMs } = this.database.clock;
      row.calls.set(settled.branch, { confirmed: settled.as, sinceMs: nowMs, nextMs: 0 });
      row.nextAttemptMs = nowMs;
      row.attempts += 1;
      row.history.push({ status: row.status, at: this.database.at, settled });
      if (row.status === 'failed' && row.decided) {
        row.status = row.decided;
        row.errors = [];
        row.history.push({ status: row.status, at: this.database.at });
      }
      return true;
    });
  }

  claimDue(limit: number, leaseMs: number, { isSchedules } = { isSchedules: true }): Promise<Resumption[]> {
    return this.around({ kind: 'claimDue' }, () => {
      const { nowMs } = this.database.clock;
      this.database.lookedMs = nowMs;
      if (isSchedules) this.database.sweptMs = nowMs;
      const due = [...this.database.transactions]
        .filter(([, row]) => row.finishedAt === undefined && row.nextAttemptMs <= nowMs && row.status !== 'failed')
        .toSorted(([, a], [, b]) => a.nextAttemptMs - b.nextAttemptMs)
        .slice(0, limit);
      return due.map(([id, row]) => {
        row.nextAttemptMs = nowMs + leaseMs * (row.attempts < 2 ? 1 : 2);
        row.attempts += 1;
        return { id, attempts: row.attempts };
      });
    });
  }

  sweepAges(): Promise<SweepAges> {
    const { clock, sweptMs, lookedMs } = this.database;
    return this.around({ kind: 'sweepAges' }, () => ({
      scheduledMs: clock.nowMs - sweptMs,
      lookedMs: clock.nowMs - lookedMs,
    }));
  }

  /** The current record, read without a call. */
  record(id: TransactionId): TransactionRecord<Q, R> {
    return this.recordOf(this.database.transaction(id));
  }

  private stored(ids: readonly TransactionId[]): TransactionRecord<Q, R>[] {
    return ids.flatMap((id) => this.database.transactions.get(id) ?? []).map((row) => this.recordOf(row));
  }

  private recordOf(row: MemoryTransaction<Q, R>): TransactionRecord<Q, R> {
    const { database } = this;
    const { start, history, createdMs, attempts, finishedAt } = row;
    const state = stateOf(row);
    const createdAt = new Date(createdMs).toISOString();
    const untilMs = row.status === 'authorized' ? database.expiryMs(row) : database.deadlineMs(row);
    return {
      state,
      type: start.type,
      ...(start.metadata !== undefined && { metadata: start.metadata }),
      ...(start.requestedBy !== undefined && { requestedBy: start.requestedBy }),
      progress: progressOf(state, finishedAt === undefined ? this.progress(row) : start.branches.map(() => 'none')),
      unanswered: finishedAt === undefined ? this.unanswered(row) : [],
      attempts,
      history: [...history],
      deadlineAt: new Date(database.deadlineMs(row)).toISOString(),
      ...(start.expiresInMs !== undefined && { expiresAt: new Date(database.expiryMs(row)).toISOString() }),
      remainingMs: untilMs - database.clock.nowMs,
      createdAt,
      updatedAt: history.at(-1)?.at ?? createdAt,
      ...(finishedAt !== undefined && { finishedAt }),
    };
  }

  private progress({ start, calls }: MemoryTransaction<Q, R>): readonly BranchProgress[] {
    return start.branches.map(
      (branch) => calls.get(branch)?.confirmed ?? this.database.branch(branch, start.id)?.state ?? 'none',
    );
  }

  private unanswered({ calls }: MemoryTransaction<Q, R>): StoredCall[] {
    return [...calls.values()].flatMap(({ confirmed, unanswered, sinceMs, nextMs }) => {
      if (confirmed || !unanswered) return [];
      const nextInMs = nextMs - this.database.clock.nowMs;
      return [
        { ...unanswered, since: new Date(sinceMs).toISOString(), nextAt: new Date(nextMs).toISOString(), nextInMs },
      ];
    });
  }
}

function isDecided<Q, R>({ status, decided }: MemoryTransaction<Q, R>): boolean {
  return status === 'committing' || status === 'aborting' || (status === 'failed' && decided !== undefined);
}

function stateOf<Q, R>({ start, query, status, reason, errors, decided, calls }: MemoryTransaction<Q, R>) {
  const confirmed = new Set([...calls].flatMap(([branch, call]) => (call.confirmed ? [branch] : [])));
  const { id, branches, askedFirst, expiresInMs } = start;
  const common = { id, query, branches, askedFirst, isTwoStep: expiresInMs !== undefined };
  const why = reason ?? { kind: 'client' as const };
  const pending = (now: string | undefined): Pending<Q, R> => {
    if (now === 'committing') return { status: 'committing', ...common, confirmed };
    if (now === 'aborting') return { status: 'aborting', ...common, reason: why, confirmed };
    return { status: 'preparing', ...common, votes: new Map() };
  };
  const state = (): TransactionState<Q, R> => {
    switch (status) {
      case 'authorized':
      case 'committed':
        return { status, ...common };
      case 'aborted':
        return { status, ...common, reason: why };
      case 'failed':
        return { status, ...common, errors, interrupted: pending(decided) };
      case 'preparing':
      case 'committing':
      case 'aborting':
        return pending(status);
    }
  };
  return state();
}
