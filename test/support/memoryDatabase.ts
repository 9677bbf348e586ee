import type { AccountEvent } from '../../src/domain/account/events';
import { evolve } from '../../src/domain/account/evolve';
import { ABSENT, type AccountBranchState, type AccountState } from '../../src/domain/account/state';
import type { AccountId, TransactionId } from '../../src/domain/ids';
import type { AbortReason, BranchError, TransactionStatus } from '../../src/domain/transaction/state';
import type {
  AccountSnapshot,
  ForeignBranch,
  JournalEntry,
  LoadedBranch,
  NewTransaction,
} from '../../src/engine/journal/entries';
import type { KeyUse, RequestKey } from '../../src/engine/journal/requestKey';
import type { HistoryEntry } from '../../src/engine/transactions/record';
import type { UnansweredCall } from '../../src/engine/transactions/unanswered';
import { MemoryClock } from './memoryClock';

/** A transaction as its row. Times in milliseconds of the clock. */
export interface MemoryTransaction<Q, R> {
  readonly start: NewTransaction<Q, R>;
  query: Q;
  status: TransactionStatus;
  reason: AbortReason<R> | undefined;
  errors: readonly BranchError[];
  /** The decision of a transaction that failed later. */
  decided: 'committing' | 'aborting' | undefined;
  readonly history: HistoryEntry<R>[];
  attempts: number;
  readonly calls: Map<string, MemoryCall>;
  readonly createdMs: number;
  nextAttemptMs: number;
  finishedAt: string | undefined;
}

/** The retry state of a remote branch. */
export interface MemoryCall {
  readonly confirmed: 'committed' | 'aborted' | undefined;
  readonly unanswered?: UnansweredCall;
  readonly sinceMs: number;
  readonly nextMs: number;
}

/** The in-memory tables. Several stores over one of these act as several processes. */
export class MemoryDatabase<Q, R> {
  readonly journals = new Map<AccountId, JournalEntry[]>();
  readonly transactions = new Map<TransactionId, MemoryTransaction<Q, R>>();
  readonly keys = new Map<string, KeyUse>();
  readonly foreign = new Map<TransactionId, ForeignBranch>();
  sweptMs = 0;
  lookedMs = 0;

  constructor(
    readonly clock = new MemoryClock(),
    readonly orphanedAfterMs = 3_000,
  ) {}

  /** Now, ISO 8601. */
  get at(): string {
    return new Date(this.clock.nowMs).toISOString();
  }

  journal(account: AccountId): JournalEntry[] {
    return this.journals.get(account) ?? [];
  }

  key({ scope, key }: Pick<RequestKey, 'scope' | 'key'>): string {
    return JSON.stringify([scope, key]);
  }

  account(id: AccountId): AccountState {
    let account: AccountState = ABSENT;
    for (const entry of this.journal(id)) account = evolve({ account, branch: undefined }, eventOf(entry)).account;
    return account;
  }

  branch(id: AccountId, transactionId: TransactionId): AccountBranchState | undefined {
    let branch: AccountBranchState | undefined;
    for (const entry of this.journal(id)) {
      if (entry.transactionId === transactionId) branch = evolve({ account: ABSENT, branch }, eventOf(entry)).branch;
    }
    return branch;
  }

  snapshot(id: AccountId): AccountSnapshot {
    const journal = this.journal(id);
    const since = journal.at(-1)?.openSince;
    const branches: LoadedBranch[] = [];
    // Like the real store, never reads rows before the oldest open branch.
    const known = new Set<string>();
    for (const { seq, transactionId } of since === undefined ? [] : journal) {
      if (transactionId === undefined || seq < (since ?? 0) || known.has(transactionId)) continue;
      known.add(transactionId);
      const branch = this.branch(id, transactionId);
      if (branch?.state === 'prepared') branches.push({ ...branch, transactionId, since: seq });
    }
    return { state: this.account(id), seq: journal.length, branches };
  }

  transaction(id: TransactionId): MemoryTransaction<Q, R> {
    const transaction = this.transactions.get(id);
    if (!transaction) throw new Error(`transaction ${id} is not stored`);
    return transaction;
  }

  deadlineMs({ createdMs, start }: MemoryTransaction<Q, R>): number {
    return createdMs + start.timeoutMs;
  }

  expiryMs({ createdMs, start }: MemoryTransaction<Q, R>): number {
    return createdMs + (start.expiresInMs ?? Number.POSITIVE_INFINITY);
  }
}

export function eventOf(entry: JournalEntry): AccountEvent {
  const { kind, amount, promised = amount, posting = 0, transactionId = '', terms } = entry;
  switch (kind) {
    case 'deposit':
    case 'withdraw':
      return { kind, amount };
    case 'hold':
    case 'expect':
    case 'release':
    case 'cancel':
      return { kind, amount, transactionId };
    case 'spend':
    case 'receive':
      return { kind, amount, promised, posting, transactionId };
    case 'tombstone':
      return { kind, transactionId };
    case 'carry':
      return { kind, transactionId, amount, promised };
    case 'opened':
    case 'terms':
      if (!terms) throw new Error(`an entry of kind ${kind} has no terms`);
      return { kind, terms };
    case 'closed':
      return { kind };
  }
}
