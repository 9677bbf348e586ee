import { type JournalKind, replayEntry } from '../../src/domain/account/journal';
import { EMPTY, type OpenAccount } from '../../src/domain/account/state';
import type { Model } from '../workload/model';
import { checkAcknowledged } from './acknowledged';
import { AuditDatabase, type SnapshotReader } from './database';
import type { FinalStates } from './finalStates';
import type { Findings } from './invariants';

interface JournalRow {
  readonly account_id: string;
  readonly seq: string;
  readonly kind: JournalKind;
  readonly amount: string;
  readonly balance_after: string;
  readonly held_after: string;
}

const JOURNAL_ROWS = 10_000;

/** At rest every single thing is compared: all accounts, all journal rows, all operations. */
export async function auditAtRest(
  databaseUrl: string,
  findings: Findings,
  model: Model,
  finalStates: FinalStates,
): Promise<void> {
  const database = new AuditDatabase(databaseUrl);
  try {
    await database.snapshot(async (reader) => {
      await checkBalances(reader, findings, model);
      await replayJournals(reader, findings);
      await finalStates.lookAtAll(reader);
      for (let from = 0; from < model.known.length; from += 2000) {
        await checkAcknowledged(reader, findings, model.records, model.known.slice(from, from + 2000));
      }
      await checkNothingElse(reader, findings, model);
    });
  } finally {
    await database.close();
  }
}

/** Every balance is what the client worked out from its answers alone; nothing is held or promised. */
async function checkBalances(reader: SnapshotReader, findings: Findings, model: Model): Promise<void> {
  const accounts = await reader.rows<{ id: string; balance: string; held: string; incoming: string }>(
    'select id, balance::text, held::text, incoming::text from accounts',
  );
  const complete = model.unresolved().length === 0;
  for (const { id, balance, held, incoming } of accounts) {
    findings.check(
      'holds',
      held === '0' && incoming === '0',
      () => `${id} at rest: held ${held}, incoming ${incoming}`,
    );
    if (!complete) continue;
    const expected = model.balances.get(id) ?? 0n;
    findings.check('acknowledged', BigInt(balance) === expected, () => {
      return `${id}: balance ${balance}, by the answers it should be ${expected}`;
    });
  }
}

/** With the replay of the domain itself, row by row: each row also says what came out of it. */
async function replayJournals(reader: SnapshotReader, findings: Findings): Promise<void> {
  await reader.rows(`declare entries no scroll cursor for
    select account_id, seq::text, kind, amount::text, balance_after::text, held_after::text
      from journal j order by j.account_id, j.seq`);
  let current = '';
  let state: OpenAccount = EMPTY;
  let seq = 0n;
  for (;;) {
    const rows = await reader.rows<JournalRow>(`fetch ${JOURNAL_ROWS} from entries`);
    if (rows.length === 0) return;
    for (const row of rows) {
      if (row.account_id !== current) {
        current = row.account_id;
        state = EMPTY;
        seq = 0n;
      }
      seq += 1n;
      state = replayEntry(state, { kind: row.kind, amount: BigInt(row.amount) });
      const agrees =
        BigInt(row.seq) === seq &&
        BigInt(row.balance_after) === state.balance &&
        BigInt(row.held_after) === state.held &&
        state.held >= 0n &&
        state.held <= state.balance;
      findings.check('replay', agrees, () => `journal of ${row.account_id} at ${row.seq}: ${JSON.stringify(row)}`);
    }
  }
}

/** No transfer moved money twice, none moved it without an operation, and no operation is missing. */
async function checkNothingElse(reader: SnapshotReader, findings: Findings, model: Model): Promise<void> {
  const twice = await reader.rows(`
    select transaction_id, account_id, kind, count(*)::int as times from journal
     where transaction_id is not null group by transaction_id, account_id, kind having count(*) > 1 limit 20`);
  for (const row of twice) findings.violated('atomic', `journaled twice: ${JSON.stringify(row)}`);
  const { transfers, committed, pending, deposits, withdrawals } = await reader.row<Record<string, number>>(`
    select (select count(*) from transactions)::int as transfers,
           (select count(*) from transactions where status = 'committed')::int as committed,
           (select count(*) from transactions where status in ('preparing', 'committing', 'aborting'))::int as pending,
           (select count(*) from journal where kind = 'deposit')::int as deposits,
           (select count(*) from journal where kind = 'withdraw')::int as withdrawals`);
  findings.check('live', pending === 0, () => `${pending} transactions are still pending`);
  if (model.unresolved().length > 0) return;
  const told = (name: string): number => model.ended.of(name);
  const same = (what: string, stored: number | undefined, expected: number): void =>
    findings.check('idempotent', stored === expected, () => `${what}: ${stored} stored, ${expected} by the answers`);
  same('committed transfers', committed, told('transfer applied'));
  same('deposits', deposits, told('deposit applied'));
  same('withdrawals', withdrawals, told('withdraw applied'));
  findings.check('idempotent', (transfers ?? 0) <= model.sent.of('transfer'), () => {
    return `${transfers} transfers are stored, ${model.sent.of('transfer')} were asked for`;
  });
}
