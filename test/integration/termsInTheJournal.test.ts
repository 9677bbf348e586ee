import type { Pool } from 'pg';
import { uuidv7 } from 'uuidv7';
import { PostgresJournalStore } from '../../src/adapters/postgres/journal/journalStore';
import { transferCodec } from '../../src/adapters/postgres/transactions/transferCodec';
import type { AccountCommand } from '../../src/domain/account/commands';
import { EMPTY, PLAIN_TERMS } from '../../src/domain/account/state';
import type { TransferQuery, TransferRefusal } from '../../src/domain/transfer';
import { batch, Entries, expectWritten } from '../contract/batches';
import { hotPool } from '../contract/storesUnderTest';
import { TestDatabase } from '../support/testDatabase';
import { transactionId } from '../support/transactionId';

const TERMS = { currency: 'EUR', overdraftLimit: 20n, frozen: undefined };

let database: TestDatabase;
let pool: Pool;
let journal: PostgresJournalStore<TransferQuery, TransferRefusal>;
let account: string;

beforeAll(async () => {
  database = await TestDatabase.create();
  pool = hotPool(database);
  journal = new PostgresJournalStore(pool, transferCodec, 0);
});

beforeEach(() => {
  account = `a-${uuidv7()}`;
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

async function tell(...commands: readonly AccountCommand[]): Promise<void> {
  const entries = await Entries.of(journal, account);
  for (const command of commands) entries.tell(command);
  expectWritten(await journal.append(batch({ entries: entries.list })));
}

const loaded = async () => (await journal.load([account]))[0]?.state;

const written = () =>
  database.query(
    `select kind, currency_after as currency, overdraft_limit_after as limit, frozen_after as frozen
     from journal where account_id = $1 order by seq`,
    [account],
  );

/** Makes the rows as earlier versions wrote them. */
const forgetTerms = () =>
  database.query(
    `update journal set currency_after = null, overdraft_limit_after = null, frozen_after = null where account_id = $1`,
    [account],
  );

test('each row of an open account has the terms after it, and no other row has any', async () => {
  const early = (await Entries.of(journal, account)).ask({ type: 'Abort', transactionId: transactionId() });
  expectWritten(await journal.append(batch({ entries: early.list })));
  await tell({ type: 'Open', terms: TERMS }, { type: 'Deposit', amount: 1n });
  await tell({ type: 'ChangeTerms', change: { frozen: 'debits', overdraftLimit: 5n } });
  await tell(
    { type: 'ChangeTerms', change: { frozen: undefined } },
    { type: 'Withdraw', amount: 1n },
    { type: 'Close' },
  );
  const late = (await Entries.of(journal, account)).ask({ type: 'Abort', transactionId: transactionId() });
  expectWritten(await journal.append(batch({ entries: late.list })));
  const none = { currency: null, limit: null, frozen: null };
  expect(await written()).toEqual([
    { kind: 'tombstone', ...none },
    { kind: 'opened', currency: 'EUR', limit: 20n, frozen: null },
    { kind: 'deposit', currency: 'EUR', limit: 20n, frozen: null },
    { kind: 'terms', currency: 'EUR', limit: 5n, frozen: 'debits' },
    { kind: 'terms', currency: 'EUR', limit: 5n, frozen: null },
    { kind: 'withdraw', currency: 'EUR', limit: 5n, frozen: null },
    { kind: 'closed', ...none },
    { kind: 'tombstone', ...none },
  ]);
  expect(await loaded()).toEqual({ status: 'closed', terms: { ...TERMS, overdraftLimit: 5n } });
});

test('an account whose last row has its terms is loaded without its row in `accounts`', async () => {
  await tell({ type: 'Open', terms: TERMS }, { type: 'Deposit', amount: 1n });
  await database.query('delete from accounts where id = $1', [account]);
  expect(await loaded()).toEqual({ ...EMPTY, balance: 1n, terms: TERMS });
});

test('a row of an earlier version has no terms: those in `accounts` count', async () => {
  await tell({ type: 'Open', terms: TERMS }, { type: 'Deposit', amount: 1n });
  await forgetTerms();
  expect(await loaded()).toEqual({ ...EMPTY, balance: 1n, terms: TERMS });
  await tell({ type: 'Deposit', amount: 1n });
  expect((await written()).at(-1)).toEqual({ kind: 'deposit', currency: 'EUR', limit: 20n, frozen: null });
});

test('terms that a process of an earlier version changes are seen, whatever the rows before say', async () => {
  await tell({ type: 'Open', terms: PLAIN_TERMS });
  await database.query(
    `insert into journal (account_id, seq, kind, amount, balance_after, held_after, incoming_after, occurred_at)
     values ($1, 2, 'terms', 0, 0, 0, 0, now())`,
    [account],
  );
  await database.query(`update accounts set frozen = 'all' where id = $1`, [account]);
  expect(await loaded()).toEqual({ ...EMPTY, terms: { ...PLAIN_TERMS, frozen: 'all' } });
});
