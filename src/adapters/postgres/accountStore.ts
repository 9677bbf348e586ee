import type { Pool } from 'pg';
import type { AccountBranchState } from '../../domain/account/state';
import type { AccountId, TransactionId } from '../../domain/ids';
import { UnavailableError } from '../../engine/faults';
import type {
  AccountEntry,
  AccountSnapshot,
  AccountStore,
  AccountWritten,
  Clock,
  EntryOutcome,
} from '../../engine/ports';
import {
  type AccountRow,
  type BranchRow,
  branchOf,
  emptyColumns,
  type JointRow,
  outcomeOf,
  pushItem,
  snapshotOf,
  type WrittenRow,
} from './accountRows';
import { LOAD_ACCOUNTS, LOAD_BRANCH, OPEN_ACCOUNT, WRITE_ACCOUNTS, WRITE_ACCOUNTS_AND_MOVES } from './accountSql';
import { type FlushObserver, GroupCommit, type GroupCommitOptions } from './groupCommit';
import { JointFlush } from './jointFlush';
import { run, runAlone } from './pool';

/** Statements of loads in flight at once. */
const LOAD_LANES = 2;

interface AccountWrite {
  readonly id: AccountId;
  readonly entries: readonly AccountEntry[];
}

/** Accounts, branches and journal in PostgreSQL; the writes of all actors share group-committed statements. */
export class PostgresAccountStore implements AccountStore {
  private readonly commits: GroupCommit<AccountWrite, AccountWritten>;
  /** Reads are collected as writes are: actors that read at once share a statement. */
  private readonly loads: GroupCommit<AccountId, AccountSnapshot>;

  constructor(
    private readonly pool: Pool,
    options: GroupCommitOptions,
    clock: Clock,
    observe?: FlushObserver,
  ) {
    // Two writers of one account know nothing of each other: side by side, each could keep the other's entries out for ever.
    this.commits = new GroupCommit(
      (writes) => this.flush(writes),
      options,
      clock,
      observe,
      ({ id }) => id,
    );
    this.loads = new GroupCommit((ids) => this.loadAll(ids), { ...options, lanes: LOAD_LANES }, clock);
  }

  async load(id: AccountId): Promise<AccountSnapshot> {
    try {
      return await this.loads.write(id);
    } catch (error) {
      // A read that failed has begun nothing, wherever it failed.
      if (error instanceof UnavailableError) throw new UnavailableError(error.message, 'not-started', { cause: error });
      throw error;
    }
  }

  async loadBranch(id: AccountId, transactionId: TransactionId): Promise<AccountBranchState | undefined> {
    const [row] = await runAlone<BranchRow>(this.pool, LOAD_BRANCH, [id, transactionId]);
    return row && branchOf(row);
  }

  async open(id: AccountId): Promise<'opened' | 'exists'> {
    const rows = await runAlone(this.pool, OPEN_ACCOUNT, [id], 'writes');
    return rows.length > 0 ? 'opened' : 'exists';
  }

  write(id: AccountId, entries: readonly AccountEntry[]): Promise<AccountWritten> {
    return this.commits.write({ id, entries }, entries.length);
  }

  drained(): Promise<void> {
    return this.commits.drained();
  }

  private async loadAll(ids: readonly AccountId[]): Promise<readonly AccountSnapshot[]> {
    const rows = await run<AccountRow & { id: AccountId }>(this.pool, LOAD_ACCOUNTS, [[...new Set(ids)]]);
    const byId = new Map(rows.map((row) => [row.id, row]));
    return ids.map((id) => snapshotOf(byId.get(id)));
  }

  private async flush(writes: readonly AccountWrite[]): Promise<readonly AccountWritten[]> {
    const joint = new JointFlush();
    for (const { id, entries } of writes) for (const entry of entries) joint.add(id, entry);
    const columns = emptyColumns();
    const inLockOrder = writes.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const taken = new Set<string>();
    for (const { id, entries } of inLockOrder) {
      for (const entry of entries) pushItem(columns, taken, id, entry, joint.moveOf(entry));
    }
    const statement = joint.carriesMoves ? WRITE_ACCOUNTS_AND_MOVES : WRITE_ACCOUNTS;
    const rows = await run<WrittenRow | JointRow>(this.pool, statement, columns);
    const byOrd: WrittenRow[] = [];
    for (const row of rows) {
      if (row.ord === null) joint.moved(row);
      else byOrd[row.ord - 1] = row;
    }
    const snapshots = snapshotsOf(columns[0], byOrd);
    const outcomes = new Map<AccountWrite, readonly EntryOutcome[]>();
    let start = 0;
    for (const write of inLockOrder) {
      const landed = byOrd.slice(start, start + write.entries.length).map(outcomeOf);
      for (const [index, entry] of write.entries.entries()) joint.wrote(write.id, entry, landed[index]);
      outcomes.set(write, landed);
      start += write.entries.length;
    }
    joint.tell();
    return writes.map((write) => ({
      account: snapshots.get(write.id) ?? snapshotOf(undefined),
      outcomes: outcomes.get(write) ?? [],
    }));
  }
}

/** Each account as it is after the statement: it stands in the account's last row. */
function snapshotsOf(ids: readonly AccountId[], rows: readonly WrittenRow[]): Map<AccountId, AccountSnapshot> {
  const snapshots = new Map<AccountId, AccountSnapshot>();
  ids.forEach((id, index) => {
    const row = rows[index];
    if (!row || row.balance === null || row.held === null || row.incoming === null || row.version === null) return;
    const { balance, held, incoming, version } = row;
    snapshots.set(id, snapshotOf({ balance, held, incoming, version }));
  });
  return snapshots;
}
