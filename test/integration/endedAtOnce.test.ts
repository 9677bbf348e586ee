import type { Pool } from 'pg';
import { uuidv7 } from 'uuidv7';
import { PostgresJournalStore } from '../../src/adapters/postgres/journal/journalStore';
import { READ_BRANCHES } from '../../src/adapters/postgres/journal/load';
import { READ_TRANSACTIONS } from '../../src/adapters/postgres/transactions/transactionSql';
import { transferCodec } from '../../src/adapters/postgres/transactions/transferCodec';
import type { AccountBranchState } from '../../src/domain/account/state';
import type { TransferQuery, TransferRefusal } from '../../src/domain/transfer';
import { batch, Entries, expectWritten, opened, type Transfer, transfer } from '../contract/batches';
import { hotPool } from '../contract/storesUnderTest';
import { auditAtRest } from '../support/auditDatabase';
import { TestDatabase } from '../support/testDatabase';

const COMMITTED: AccountBranchState = { state: 'committed' };

let database: TestDatabase;
let pool: Pool;
let journal: PostgresJournalStore<TransferQuery, TransferRefusal>;
let payer: string;
let payee: string;

beforeAll(async () => {
  database = await TestDatabase.create();
  pool = hotPool(database);
  journal = new PostgresJournalStore(pool, transferCodec, 0);
});

beforeEach(async () => {
  payer = `a-${uuidv7()}`;
  payee = `b-${uuidv7()}`;
  await opened(journal, payer, 100n);
  await opened(journal, payee);
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** Writes the entries of a transfer with its record, as far as `status` says. */
async function write(status: Transfer['status'], { isCommitted }: { readonly isCommitted: boolean }): Promise<string> {
  const made = transfer(payer, payee, 10n, { status });
  const entries = [];
  for (const account of made.branches) {
    const own = (await Entries.of(journal, account)).prepare(made);
    entries.push(...(isCommitted ? own.commit(made) : own).list);
  }
  expectWritten(await journal.append(batch({ entries, created: [made] })));
  return made.id;
}

const marked = (id: string) =>
  database.query('select kind, ended_at_once as mark from journal where transaction_id = $1 order by kind', [id]);

const branches = (transactionId: string) =>
  journal.readBranches([payer, payee].map((account) => ({ account, transactionId })));

test('a transfer that one statement creates and commits marks its promises; its ends tell its branches', async () => {
  const id = await write('committed', { isCommitted: true });
  expect(await marked(id)).toEqual([
    { kind: 'expect', mark: true },
    { kind: 'hold', mark: true },
    { kind: 'receive', mark: null },
    { kind: 'spend', mark: null },
  ]);
  expect(await branches(id)).toEqual([COMMITTED, COMMITTED]);
  await auditAtRest(database);
});

test('a transfer that goes on after its first statement marks nothing', async () => {
  const id = await write('preparing', { isCommitted: false });
  expect((await marked(id)).map(({ mark }) => mark)).toEqual([null, null]);
  expect(await branches(id)).toEqual([
    { state: 'prepared', held: 10n, incoming: 0n },
    { state: 'prepared', held: 0n, incoming: 10n },
  ]);
});

test('rows of earlier versions, which mark nothing, are found as before', async () => {
  const id = await write('committed', { isCommitted: true });
  await database.query('update journal set ended_at_once = null where transaction_id = $1', [id]);
  expect(await branches(id)).toEqual([COMMITTED, COMMITTED]);
});

test('the audit finds a promise that is marked although its branch stays open', async () => {
  const id = await write('preparing', { isCommitted: false });
  await database.query(`update transactions set status = 'aborted' where status = 'preparing'`);
  await database.query('update journal set ended_at_once = true where transaction_id = $1', [id]);
  await expect(auditAtRest(database)).rejects.toThrow(id);
});

test.each([
  ['what the journal says of a branch', READ_BRANCHES.text, [['a'], [uuidv7()]]],
  ['the record of a transaction', READ_TRANSACTIONS.text, [[uuidv7()]]],
])('%s is found through the index of branches by a plan that is made before there are any', async (_, text, values) => {
  const empty = await TestDatabase.create();
  const connections = hotPool(empty);
  const { rows } = await connections.query<{ 'QUERY PLAN': string }>(`explain ${text}`, values);
  await connections.end();
  await empty.drop();
  const scans = rows.map((row) => row['QUERY PLAN']).filter((line) => line.includes(' on journal'));
  expect(scans).toEqual([expect.stringContaining('Index Scan using journal_branches')]);
});
