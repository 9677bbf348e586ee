import type { Pool } from 'pg';
import type { AccountBranchState } from '../../../domain/account/state';
import type { AccountId, TransactionId } from '../../../domain/ids';
import { UnavailableError } from '../../../engine/faults';
import type { AccountSnapshot, Appended, Batch, ForeignBranch } from '../../../engine/journal/entries';
import type { KeyUse, RequestKey } from '../../../engine/journal/requestKey';
import type { BranchOf, JournalStore } from '../../../engine/journal/store';
import { classify, isWithoutRoom, neverBegan, timedOut } from '../errors';
import { run, runAlone } from '../pool';
import { type TransactionCodec, TransactionRows } from '../transactions/transactionRows';
import { answerOf } from './answers';
import { type AppendedRow, AppendStatements } from './append';
import { readForeign } from './foreign';
import { loadAccounts, readBranches } from './load';

interface KeyRow {
  readonly ord: number;
  readonly fingerprint: string;
  readonly transaction_id: string | null;
  readonly answer: unknown;
}

const READ_KEYS = {
  name: 'read_keys',
  text: `
select ord::int as ord, fingerprint, transaction_id, answer
from unnest($1::text[], $2::text[]) with ordinality as wanted(wanted_scope, wanted_key, ord)
join idempotency_keys on scope = wanted_scope and key = wanted_key`,
};

const EXISTING = {
  name: 'existing_transactions',
  text: 'select id from unnest($1::uuid[]) as wanted(wanted_id) join transactions on id = wanted_id',
};

/** After a write that found no room, the disk counts as full for this long, or until a write succeeds. */
const NO_ROOM_MS = 5_000;

const NONE: ReadonlySet<TransactionId> = new Set();

/** The journal in PostgreSQL. */
export class PostgresJournalStore<Q, R> implements JournalStore<Q, R> {
  private readonly statements: AppendStatements<Q, R>;
  private noRoomMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly pool: Pool,
    codec: TransactionCodec<Q, R>,
    orphanedAfterMs: number,
  ) {
    this.statements = new AppendStatements(new TransactionRows(codec), orphanedAfterMs);
  }

  /** Whether a recent write found the database without room. */
  lacksRoom(): boolean {
    return performance.now() - this.noRoomMs < NO_ROOM_MS;
  }

  load(accounts: readonly AccountId[]): Promise<readonly AccountSnapshot[]> {
    return loadAccounts(this.pool, accounts);
  }

  readBranches(branches: readonly BranchOf[]): Promise<readonly (AccountBranchState | undefined)[]> {
    return readBranches(this.pool, branches);
  }

  async readKeys(keys: readonly RequestKey[]): Promise<readonly (KeyUse | undefined)[]> {
    const rows = await runAlone<KeyRow>(this.pool, READ_KEYS, [
      keys.map(({ scope }) => scope),
      keys.map(({ key }) => key),
    ]);
    const uses: (KeyUse | undefined)[] = keys.map(() => undefined);
    for (const { ord, fingerprint, transaction_id, answer } of rows) {
      uses[ord - 1] = {
        fingerprint,
        ...(transaction_id !== null && { transactionId: transaction_id }),
        ...(answer !== null && { answer: answerOf(answer) }),
      };
    }
    return uses;
  }

  async existing(ids: readonly TransactionId[]): Promise<ReadonlySet<TransactionId>> {
    const rows = await runAlone<{ id: string }>(this.pool, EXISTING, [ids]);
    return new Set(rows.map(({ id }) => id));
  }

  readForeign(ids: readonly TransactionId[]): Promise<readonly (ForeignBranch | undefined)[]> {
    return readForeign(this.pool, ids);
  }

  async append(batch: Batch<Q, R>): Promise<Appended> {
    const { values, ...statement } = this.statements.of(batch);
    try {
      const [row] = await run<AppendedRow>(this.pool, statement, values);
      if (!row) throw new Error('the statement that appends told nothing');
      const lost = row.lost?.length > 0;
      if (!row.open && !lost && row.busy?.length > 0) return { kind: 'held', totals: new Set(row.busy) };
      if (!row.open) return { kind: 'conflict', lost: row.lost ? new Set(row.lost) : NONE };
      this.noRoomMs = Number.NEGATIVE_INFINITY;
      return { kind: 'written', at: row.at, moved: row.moved ? new Set(row.moved) : NONE };
    } catch (error) {
      if (isWithoutRoom(error)) this.noRoomMs = performance.now();
      return appendedDespite(error);
    }
  }
}

function appendedDespite(error: unknown): Appended {
  if (error instanceof UnavailableError) throw error;
  switch (classify(error)) {
    case 'conflict':
      return { kind: 'conflict', lost: NONE };
    case 'blocked':
      return { kind: 'blocked', fault: timedOut(error) };
    case 'away':
      throw new UnavailableError('The database is away', neverBegan(error) ? 'not-started' : 'unknown', {
        cause: error,
      });
    case 'offender':
      throw error;
  }
}
