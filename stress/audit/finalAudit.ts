import { type EventRow, eventOf } from '../../src/adapters/postgres/journal/load';
import type { JournalKind } from '../../src/domain/account/events';
import { evolve } from '../../src/domain/account/evolve';
import { ABSENT, type AccountBranchState, type AccountState } from '../../src/domain/account/state';
import type { Findings } from '../base/invariants';
import type { Model } from '../workload/model';
import { checkAcknowledged } from './acknowledged';
import { AuditDatabase, type SnapshotReader } from './database';
import type { FinalStates } from './finalStates';

interface JournalRow {
  readonly account_id: string;
  readonly seq: string;
  readonly kind: JournalKind;
  readonly amount: string;
  readonly promised: string | null;
  readonly posting: number | null;
  readonly transaction_id: string | null;
  readonly balance_after: string;
  readonly held_after: string;
  readonly incoming_after: string;
  readonly open_since: string | null;
}

const JOURNAL_ROWS = 10_000;

/** Compares everything at rest: all accounts, all journal rows, all operations. */
export async function auditAtRest(
  databaseUrl: string,
  findings: Findings,
  model: Model,
  finalStates: FinalStates,
  staleMs: number,
): Promise<void> {
  const database = new AuditDatabase(databaseUrl);
  try {
    await database.snapshot(async (reader) => {
      await checkBalances(reader, findings, model);
      await checkTerms(reader, findings);
      await checkEndedAtOnce(reader, findings);
      await replayJournals(reader, findings);
      await finalStates.lookAtAll(reader);
      for (let from = 0; from < model.known.length; from += 2000) {
        await checkAcknowledged(reader, findings, model.records, model.known.slice(from, from + 2000), staleMs);
      }
      await checkNothingElse(reader, findings, model);
    });
  } finally {
    await database.close();
  }
}

/** Checks that every balance is what the client computed from its answers alone, and that nothing is held or promised. */
async function checkBalances(reader: SnapshotReader, findings: Findings, model: Model): Promise<void> {
  const accounts = await reader.rows<{ id: string; balance: string; held: string; incoming: string }>(
    `select a.id, balance_after::text as balance, held_after::text as held, incoming_after::text as incoming
       from accounts a
       join lateral (select balance_after, held_after, incoming_after from journal
                      where account_id = a.id order by seq desc limit 1) l on true`,
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

/** Checks that the last row of each journal has the terms that the account has. */
async function checkTerms(reader: SnapshotReader, findings: Findings): Promise<void> {
  const others = await reader.rows(
    `select a.id, a.closed_at, l.* from accounts a
       join lateral (select kind, currency_after, overdraft_limit_after, frozen_after from journal
                      where account_id = a.id order by seq desc limit 1) l on overdraft_limit_after is not null
      where a.closed_at is not null
         or (currency_after, overdraft_limit_after, frozen_after)
            is distinct from (a.currency, a.overdraft_limit, a.frozen)
      limit 20`,
  );
  for (const row of others) findings.violated('replay', `the terms in the journal differ: ${JSON.stringify(row)}`);
}

/** Checks that the index of branches leaves out only promises whose branch was committed at the same time. */
async function checkEndedAtOnce(reader: SnapshotReader, findings: Findings): Promise<void> {
  const open = await reader.rows(
    `select account_id, seq::text, kind, transaction_id from journal p
      where ended_at_once and not exists (
        select from journal e
         where e.account_id = p.account_id and e.seq > p.seq and e.transaction_id = p.transaction_id
           and e.ended_at_once is null and e.kind in ('spend', 'receive') and e.occurred_at = p.occurred_at)
      limit 20`,
  );
  for (const row of open) findings.violated('atomic', `not in the index of branches: ${JSON.stringify(row)}`);
}

/** Replays each journal row by row with the domain's own rules. Each row also states its result. */
async function replayJournals(reader: SnapshotReader, findings: Findings): Promise<void> {
  await reader.rows(`declare entries no scroll cursor for
    select account_id, seq::text, kind, amount::text, promised::text, posting, transaction_id,
           balance_after::text, held_after::text, incoming_after::text, open_since::text
      from journal j order by j.account_id, j.seq`);
  let replayed = new Replayed('');
  for (;;) {
    const rows = await reader.rows<JournalRow>(`fetch ${JOURNAL_ROWS} from entries`);
    if (rows.length === 0) return;
    for (const row of rows) {
      if (row.account_id !== replayed.account) replayed = new Replayed(row.account_id);
      const agrees = replayed.next(row);
      findings.check('replay', agrees, () => `journal of ${row.account_id} at ${row.seq}: ${JSON.stringify(row)}`);
    }
  }
}

/** One account, as far as its journal was read. */
class Replayed {
  private state: AccountState = ABSENT;
  private seq = 0n;
  private readonly branches = new Map<string, AccountBranchState>();
  /** Where each open branch began or was last carried, in this order. */
  private readonly open = new Map<string, bigint>();

  constructor(readonly account: string) {}

  /** Whether the row follows the row before it and states the result of its event. */
  next(row: JournalRow): boolean {
    const { transaction_id: transactionId } = row;
    const branch = transactionId === null ? undefined : this.branches.get(transactionId);
    const next = evolve({ account: this.state, branch }, eventOf(numbers(row)));
    this.state = next.account;
    this.seq += 1n;
    if (transactionId !== null && next.branch) this.keep(transactionId, next.branch, row.kind);
    if (BigInt(row.seq) !== this.seq) return false;
    const [oldest] = this.open.values();
    if (row.open_since !== (oldest?.toString() ?? null)) return false;
    if (this.state.status !== 'open') return true;
    const { balance, held, incoming } = this.state;
    const isSaid =
      BigInt(row.balance_after) === balance &&
      BigInt(row.held_after) === held &&
      BigInt(row.incoming_after) === incoming;
    return isSaid && held >= 0n && incoming >= 0n;
  }

  private keep(transactionId: string, branch: AccountBranchState, kind: JournalKind): void {
    this.branches.set(transactionId, branch);
    if (branch.state !== 'prepared' || kind === 'carry') this.open.delete(transactionId);
    if (branch.state === 'prepared' && !this.open.has(transactionId)) this.open.set(transactionId, this.seq);
  }
}

function numbers(row: JournalRow): EventRow {
  const { amount, promised, ...rest } = row;
  return { ...rest, amount: BigInt(amount), promised: promised === null ? null : BigInt(promised) };
}

/** Checks that no transfer moved money twice or without an operation, and that no operation is missing. */
async function checkNothingElse(reader: SnapshotReader, findings: Findings, model: Model): Promise<void> {
  const twice = await reader.rows(`
    select transaction_id, account_id, kind, count(*)::int as times from journal
     where transaction_id is not null and kind <> 'carry'
     group by transaction_id, account_id, kind, posting having count(*) > 1 limit 20`);
  for (const row of twice) findings.violated('atomic', `journaled twice: ${JSON.stringify(row)}`);
  const { transfers, committed, pending, deposits, withdrawals } = await reader.row<Record<string, number>>(`
    select (select count(*) from transactions)::int as transfers,
           (select count(*) from transactions where status = 'committed')::int as committed,
           (select count(*) from transactions where status not in ('committed', 'aborted'))::int as pending,
           (select count(*) from journal where kind = 'deposit')::int as deposits,
           (select count(*) from journal where kind = 'withdraw')::int as withdrawals`);
  findings.check('live', pending === 0, () => `${pending} transactions are still pending`);
  if (model.unresolved().length > 0) return;
  const told = (name: string): number => model.ended.of(name);
  const same = (what: string, stored: number | undefined, expected: number): void =>
    findings.check('idempotent', stored === expected, () => `${what}: ${stored} stored, ${expected} by the answers`);
  const ends = ['applied', 'captured in full', 'captured in part'];
  const applied = ends.reduce((sum, end) => sum + told(`transfer ${end}`), 0);
  same('committed transfers', committed, applied);
  same('deposits', deposits, told('deposit applied'));
  same('withdrawals', withdrawals, told('withdraw applied'));
  findings.check('idempotent', (transfers ?? 0) <= model.sent.of('transfer'), () => {
    return `${transfers} transfers are stored, ${model.sent.of('transfer')} were asked for`;
  });
}
