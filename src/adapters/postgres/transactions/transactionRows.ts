import type {
  AbortReason,
  BranchError,
  Pending,
  TransactionState,
  TransactionStatus,
} from '../../../domain/transaction/state';
import { isElsewhere } from '../../../domain/transfer';
import type { Votes } from '../../../engine/journal/entries';
import { progressOf } from '../../../engine/transactions/milestone';
import type { BranchProgress, HistoryEntry, Settlement, TransactionRecord } from '../../../engine/transactions/record';
import type { CallType, StoredCall } from '../../../engine/transactions/unanswered';

/** Converts queries and abort reasons to JSON and back, for one type of transaction. */
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
  readonly asked_first: number;
  readonly metadata: unknown;
  readonly requested_by: string | null;
  readonly status: TransactionStatus;
  readonly reason: StoredReason | null;
  readonly errors: BranchError[] | null;
  readonly votes: NonNullable<Votes<unknown>['votes']> | null;
  readonly history:
    | {
        readonly status: TransactionStatus;
        readonly at: string;
        readonly errors?: BranchError[];
        readonly settled?: Settlement;
      }[]
    | null;
  /** Set for an unfinished transaction. */
  readonly progress: BranchProgress[] | null;
  readonly calls: readonly StoredBranchCall[] | null;
  readonly attempts: number;
  readonly deadline_at: Date;
  readonly expires_at: Date | null;
  readonly remaining_ms: string;
  readonly created_at: Date;
  readonly decided_at: Date | null;
  readonly finished_at: Date | null;
}

/** A remote branch: either it has confirmed, or a call to it waits for a retry. */
interface StoredBranchCall {
  readonly branch: string;
  readonly confirmed: 'committed' | 'aborted' | null;
  readonly call: CallType | null;
  readonly attempts: number;
  readonly error: string | null;
  readonly since: string;
  readonly nextAt: string | null;
  readonly nextInMs: number | null;
}

export type StoredReason =
  | Exclude<AbortReason<unknown>, { kind: 'branches' }>
  | { kind: 'branches'; reasons: { branch: string; reason: unknown }[] };

/** Maps rows of `transactions` to records, and records to columns. */
export class TransactionRows<Q, R> {
  constructor(private readonly codec: TransactionCodec<Q, R>) {}

  recordOf(row: TransactionRow): TransactionRecord<Q, R> {
    const state = this.stateOf(row);
    const history = this.historyOf(row);
    const createdAt = row.created_at.toISOString();
    return {
      state,
      type: row.type,
      ...(row.metadata !== null && { metadata: row.metadata }),
      ...(row.requested_by !== null && { requestedBy: row.requested_by }),
      progress: progressOf(state, knownProgress(row)),
      unanswered: (row.calls ?? []).flatMap(unansweredOf),
      attempts: row.attempts,
      history,
      deadlineAt: row.deadline_at.toISOString(),
      ...(row.expires_at && { expiresAt: row.expires_at.toISOString() }),
      remainingMs: Number(row.remaining_ms),
      createdAt,
      updatedAt: history.at(-1)?.at ?? createdAt,
      ...(row.finished_at && { finishedAt: row.finished_at.toISOString() }),
    };
  }

  encodeQuery(query: Q): string {
    return JSON.stringify(this.codec.encodeQuery(query));
  }

  encodeReason(reason: AbortReason<R> | undefined): string | null {
    if (!reason) return null;
    if (reason.kind !== 'branches') return JSON.stringify(reason);
    const reasons = reason.reasons.map(({ branch, reason: why }) => ({ branch, reason: this.codec.encodeReason(why) }));
    return JSON.stringify({ kind: 'branches', reasons });
  }

  /**
   * The history of a transaction in the order in which it happened: events from the row's times, with the stored events
   * between them.
   */
  private historyOf({ branches, created_at, decided_at, finished_at, reason, votes, history, status }: TransactionRow) {
    const all = branches.map((branch) => ({ branch, vote: 'commit' as const }));
    const entries: HistoryEntry<R>[] = [{ status: 'preparing', at: created_at.toISOString() }];
    const [authorized, ...later] = history ?? [];
    const isAuthorized = authorized?.status === 'authorized';
    if (isAuthorized) entries.push({ status: 'authorized', at: authorized.at, votes: all });
    if (decided_at && reason) {
      const why = this.reasonOf(reason);
      entries.push({ status: 'aborting', at: decided_at.toISOString(), ...(votes && { votes }), reason: why });
    } else if (decided_at) {
      entries.push({ status: 'committing', at: decided_at.toISOString(), ...(!isAuthorized && { votes: all }) });
    }
    for (const entry of isAuthorized ? later : (history ?? [])) entries.push(entry);
    if (finished_at) {
      // One that was refused as it was created was told to no branch elsewhere.
      const wasRefused = decided_at?.getTime() === created_at.getTime() && isRefusedHere(reason);
      const confirmed = wasRefused ? branches.filter((branch) => !isElsewhere(branch)) : branches;
      entries.push({ status, at: finished_at.toISOString(), confirmed });
    }
    return entries.toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
  }

  queryOf(json: unknown): Q {
    return this.codec.decodeQuery(json);
  }

  private stateOf(row: TransactionRow): TransactionState<Q, R> {
    const confirmed = new Set((row.calls ?? []).flatMap(({ branch, confirmed: as }) => (as ? [branch] : [])));
    const common = {
      id: row.id,
      query: this.queryOf(row.query),
      branches: row.branches,
      askedFirst: row.asked_first,
      isTwoStep: row.expires_at !== null,
    };
    switch (row.status) {
      case 'preparing':
        return { status: 'preparing', ...common, votes: new Map() };
      case 'authorized':
        return { status: 'authorized', ...common };
      case 'committing':
        return { status: 'committing', ...common, confirmed };
      case 'aborting':
        return { status: 'aborting', ...common, confirmed, reason: this.reasonOf(row.reason) };
      case 'committed':
        return { status: 'committed', ...common };
      case 'aborted':
        return { status: 'aborted', ...common, reason: this.reasonOf(row.reason) };
      case 'failed':
        return { status: 'failed', ...common, errors: row.errors ?? [], interrupted: this.interruptedOf(row, common) };
    }
  }

  private interruptedOf(
    { decided_at, reason }: TransactionRow,
    common: Omit<Extract<TransactionState<Q, R>, { status: 'committed' }>, 'status'>,
  ): Pending<Q, R> {
    if (decided_at === null) return { status: 'preparing', ...common, votes: new Map() };
    if (reason === null) return { status: 'committing', ...common, confirmed: new Set() };
    return { status: 'aborting', ...common, confirmed: new Set(), reason: this.reasonOf(reason) };
  }

  reasonOf(stored: StoredReason | null): AbortReason<R> {
    if (stored === null) return { kind: 'client' };
    if (stored.kind !== 'branches') return stored;
    return {
      kind: 'branches',
      reasons: stored.reasons.map(({ branch, reason }) => ({ branch, reason: this.codec.decodeReason(reason) })),
    };
  }
}

/** Whether branches of this database, and no others, voted to abort. */
function isRefusedHere(reason: StoredReason | null): boolean {
  return reason?.kind === 'branches' && !reason.reasons.some(({ branch }) => isElsewhere(branch));
}

function knownProgress({ branches, progress, calls }: TransactionRow): readonly BranchProgress[] {
  const known = progress ?? branches.map(() => 'none' as const);
  if (!calls) return known;
  const confirmed = new Map(calls.map((call) => [call.branch, call.confirmed]));
  return known.map((each, index) => confirmed.get(branches[index] ?? '') ?? each);
}

function unansweredOf({
  branch,
  confirmed,
  call,
  attempts,
  error,
  since,
  nextAt,
  nextInMs,
}: StoredBranchCall): StoredCall[] {
  if (confirmed || call === null || nextAt === null || nextInMs === null) return [];
  return [{ branch, call, attempts, error: error ?? '', since, nextAt, nextInMs }];
}

/** All votes of a commit are the same, so they are not stored. */
export function encodeVotes<R>(status: TransactionStatus, votes: Votes<R>['votes']): string | null {
  return votes && (status === 'aborting' || status === 'aborted') ? JSON.stringify(votes) : null;
}
