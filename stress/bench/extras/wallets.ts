import { table } from '../../report/table';
import type { Bench } from '../bench';
import { median, percentile } from '../load/percentile';
import type { System } from '../systems';

const OWNER = 'alice';
const TOKEN = 'alice-token';
/** The most entries that a snapshot may lag behind before the service takes the next one. */
const LAG_MAX = 999;
const ROUNDS = 3;

interface Question {
  readonly title: string;
  readonly path: string;
  /** The number of entries that are replayed after the snapshot. `all`: there is no snapshot. */
  readonly lag: number | 'all';
  readonly asks: number;
}

const QUESTIONS: readonly Question[] = [
  { title: 'balance, no snapshot: all replayed', path: '/wallet/balance', lag: 'all', asks: 15 },
  { title: `balance, snapshot ${LAG_MAX} entries ago`, path: '/wallet/balance', lag: LAG_MAX, asks: 150 },
  { title: 'balance, snapshot of the last entry', path: '/wallet/balance', lag: 0, asks: 150 },
  { title: 'totals: the mutable row', path: '/wallet/ledger', lag: 0, asks: 150 },
  { title: 'the newest 20 entries', path: '/wallet/ledger/entries?limit=20', lag: 0, asks: 150 },
];

/** How long the owner of a wallet with a long journal waits for each question, one after the other, measured over HTTP. */
export async function measureWallets(bench: Bench): Promise<string> {
  const sizes = bench.options.quick ? [1_000, 100_000] : [1_000, 100_000, 1_000_000];
  const rows: string[][] = [];
  for (const entries of sizes) rows.push(...(await walletOf(bench, entries)));
  const head = ['entries in the journal', 'question', 'asked', 'best ms', 'p50 ms', 'p99 ms'];
  return `### Wallets with a long journal\n\n${table(head, rows)}`;
}

async function walletOf(bench: Bench, entries: number): Promise<string[][]> {
  const system = await bench.startSystem('postgres', { accounts: 2 });
  await seedWallet(bench, system, entries);
  const tookMs = QUESTIONS.map((): number[] => []);
  // In turns, so that other work of the machine affects all questions alike. The first round warms up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [index, question] of QUESTIONS.entries()) {
      const took = await askOften(bench, system, entries, question);
      if (round > 0) tookMs[index]?.push(...took);
    }
  }
  await system.stop();
  return QUESTIONS.map(({ title }, index) => {
    const took = tookMs[index] ?? [];
    const shown = [Math.min(...took), median(took), percentile(took, 99)].map((ms) => ms.toFixed(1));
    return [entries.toLocaleString('en'), title, String(took.length), ...shown];
  });
}

async function askOften(bench: Bench, system: System, entries: number, question: Question): Promise<number[]> {
  const { path, lag, asks } = question;
  const took: number[] = [];
  await remember(bench, system, lag === 'all' ? undefined : entries - lag);
  for (let n = 0; n < asks; n += 1) {
    // A full replay leaves a snapshot, which the next replay would use.
    if (lag === 'all') await remember(bench, system, undefined);
    const startedMs = performance.now();
    const answer = await get(system, path);
    took.push(performance.now() - startedMs);
    if (path === '/wallet/balance' && answer['balance'] !== entries)
      throw new Error(`the balance is ${JSON.stringify(answer)} after ${entries} entries`);
  }
  return took;
}

async function get(system: System, path: string): Promise<Record<string, unknown>> {
  const url = `http://127.0.0.1:${system.processes[0]?.port ?? 0}${path}`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${TOKEN}` } });
  const body = (await response.json()) as Record<string, unknown>;
  if (response.status !== 200) throw new Error(`${path} was answered ${response.status}: ${JSON.stringify(body)}`);
  return body;
}

/** Deposits of one cent, as this many calls would have left them. */
async function seedWallet({ database }: Bench, { databaseName }: System, entries: number): Promise<void> {
  await database.query(
    databaseName,
    `insert into journal (account_id, seq, kind, amount, balance_after, held_after)
     select $1, seq, 'deposit', 1, seq, 0 from generate_series(1, $2::bigint) seq`,
    [OWNER, entries],
  );
  await database.query(
    databaseName,
    'insert into accounts (id, balance, journal_seq, version) values ($1, $2, $2, $2)',
    [OWNER, entries],
  );
  await database.query(
    databaseName,
    `insert into ledgers (account_id, deposited, deposit_count, withdrawn, withdraw_count, last_activity_at)
     values ($1, $2::bigint, $2::bigint, 0, 0, now())`,
    [OWNER, entries],
  );
  for (const name of ['accounts', 'journal', 'ledgers']) await database.query(databaseName, `vacuum analyze ${name}`);
}

/** Sets the wallet's snapshot to an entry, or removes it. */
async function remember({ database }: Bench, { databaseName }: System, seq: number | undefined): Promise<void> {
  await database.query(databaseName, 'delete from journal_snapshots where account_id = $1', [OWNER]);
  if (seq === undefined) return;
  const text = 'insert into journal_snapshots (account_id, seq, balance, held) values ($1, $2, $2, 0)';
  await database.query(databaseName, text, [OWNER, seq]);
}
