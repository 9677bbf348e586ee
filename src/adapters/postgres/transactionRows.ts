import type { BranchError, Pending, TransactionState, TransactionStatus } from '../../domain/transaction/state';
import type { HistoryEntry, Move, NewTransaction, TransactionRecord } from '../../engine/ports';

/** Turns queries and abort reasons into JSON and back, for one type of transaction. */
export interface TransactionCodec<Q, R> {
  encodeQuery(query: Q): unknown;
  decodeQuery(json: unknown): Q;
  encodeReason(reason: R): unknown;
  decodeReason(json: unknown): R;
}

export interface TransactionRow {
  readonly id: string;
  readonly type: string;
  readonly query: unknown;
  readonly branches: string[];
  readonly metadata: unknown;
  readonly status: TransactionStatus;
  readonly decision: 'commit' | 'abort' | null;
  readonly reason: StoredReason | null;
  readonly errors: BranchError[] | null;
  readonly attempts: number;
  readonly history: StoredHistoryEntry[];
  readonly deadline_at: Date;
  readonly remaining_ms: string;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly finished_at: Date | null;
}

type StoredReason =
  | { kind: 'timeout' }
  | { kind: 'client'; reason?: string }
  | { kind: 'branches'; reasons: { branch: string; reason: unknown }[] };

type StoredHistoryEntry = Omit<HistoryEntry<never>, 'reason' | 'confirmed'>;

/** Maps rows of `transactions` to records and moves to columns. */
export class TransactionRows<Q, R> {
  constructor(private readonly codec: TransactionCodec<Q, R>) {}

  recordOf(row: TransactionRow): TransactionRecord<Q, R> {
    const createdAt = row.created_at.toISOString();
    return {
      state: this.stateOf(row),
      type: row.type,
      ...(row.metadata !== null && { metadata: row.metadata }),
      attempts: row.attempts,
      history: [{ status: 'preparing', at: createdAt }, ...row.history.map((entry) => this.historyOf(entry, row))],
      deadlineAt: row.deadline_at.toISOString(),
      remainingMs: Number(row.remaining_ms),
      createdAt,
      updatedAt: row.updated_at.toISOString(),
      ...(row.finished_at && { finishedAt: row.finished_at.toISOString() }),
    };
  }

  createdRecord(transaction: NewTransaction<Q>, at: { created_at: Date; deadline_at: Date }): TransactionRecord<Q, R> {
    const { id, type, query, branches, timeoutMs, metadata } = transaction;
    const createdAt = at.created_at.toISOString();
    return {
      state: { status: 'preparing', id, query, branches, votes: new Map() },
      type,
      ...(metadata !== undefined && { metadata }),
      attempts: 0,
      history: [{ status: 'preparing', at: createdAt }],
      deadlineAt: at.deadline_at.toISOString(),
      remainingMs: timeoutMs,
      createdAt,
      updatedAt: createdAt,
    };
  }

  encodeQuery(query: Q): string {
    return JSON.stringify(this.codec.encodeQuery(query));
  }

  encodeReason(reason: Move<R>['reason']): string | null {
    return reason ? JSON.stringify(this.storedReason(reason)) : null;
  }

  /**
   * What a move adds to the history beside its status and time. What follows from the status is not stored, because
   * every byte of a transaction is written three times: a commit had every vote, an end every confirmation, and the
   * reason of an abort has a column.
   */
  encodeDetail({ to, votes, errors }: Move<R>): string | null {
    const told = to === 'committing' ? undefined : votes;
    return told || errors ? JSON.stringify({ votes: told, errors }) : null;
  }

  private storedReason(reason: NonNullable<Move<R>['reason']>): StoredReason {
    if (reason.kind !== 'branches') return reason;
    return {
      kind: 'branches',
      reasons: reason.reasons.map(({ branch, reason: why }) => ({ branch, reason: this.codec.encodeReason(why) })),
    };
  }

  private reasonOf(stored: StoredReason): NonNullable<Move<R>['reason']> {
    if (stored.kind !== 'branches') return stored;
    return {
      kind: 'branches',
      reasons: stored.reasons.map(({ branch, reason }) => ({ branch, reason: this.codec.decodeReason(reason) })),
    };
  }

  private historyOf(entry: StoredHistoryEntry, { branches, reason }: TransactionRow): HistoryEntry<R> {
    switch (entry.status) {
      case 'committing':
        return { ...entry, votes: branches.map((branch) => ({ branch, vote: 'commit' })) };
      case 'aborting':
        return { ...entry, ...(reason && { reason: this.reasonOf(reason) }) };
      case 'committed':
      case 'aborted':
        return { ...entry, confirmed: branches };
      case 'preparing':
      case 'failed':
        return entry;
    }
  }

  private stateOf(row: TransactionRow): TransactionState<Q, R> {
    const common = { id: row.id, query: this.codec.decodeQuery(row.query), branches: row.branches };
    switch (row.status) {
      case 'preparing':
      case 'committing':
      case 'aborting':
        return this.pendingOf(row.status, common, row);
      case 'committed':
        return { status: 'committed', ...common };
      case 'aborted':
        return { status: 'aborted', ...common, reason: this.storedReasonOf(row) };
      case 'failed': {
        const interrupted =
          row.decision === 'commit' ? 'committing' : row.decision === 'abort' ? 'aborting' : 'preparing';
        return {
          status: 'failed',
          ...common,
          errors: row.errors ?? [],
          interrupted: this.pendingOf(interrupted, common, row),
        };
      }
    }
  }

  private pendingOf(
    status: Pending<Q, R>['status'],
    common: { id: string; query: Q; branches: readonly string[] },
    row: TransactionRow,
  ): Pending<Q, R> {
    switch (status) {
      case 'preparing':
        return { status, ...common, votes: new Map() };
      case 'committing':
        return { status, ...common, confirmed: new Set() };
      case 'aborting':
        return { status, ...common, confirmed: new Set(), reason: this.storedReasonOf(row) };
    }
  }

  private storedReasonOf(row: TransactionRow): NonNullable<Move<R>['reason']> {
    return row.reason ? this.reasonOf(row.reason) : { kind: 'client' };
  }
}
