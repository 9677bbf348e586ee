import type { Batch, JournalEntry } from '../../../engine/journal/entries';
import type { TransactionRows } from '../transactions/transactionRows';
import {
  atOnce,
  CHANGES,
  changesOf,
  createdColumns,
  ENTRIES,
  FOREIGN,
  KEYS,
  keysOf,
  LEDGERS,
  ledgerChanges,
  moveColumns,
  NOTED_ENTRIES,
  READS,
  REFUSALS,
  refusalsOf,
  TERMS,
  termsChanges,
} from './rows';

export interface AppendStatement {
  readonly name: string;
  readonly text: string;
  readonly values: string[];
}

/** The one row that the statement returns. */
export interface AppendedRow {
  /** ISO 8601 in UTC. */
  readonly at: string;
  /** False when nothing was written. */
  readonly open: boolean;
  readonly lost: readonly string[];
  readonly moved: readonly string[];
  /** Accounts whose totals another session has locked. */
  readonly busy: readonly string[];
}

/**
 * Builds the one statement that writes. It has only the parts that the batch needs, so a transfer does not pay for what
 * it does not use. PostgreSQL keeps a plan for each combination of parts that occurred.
 *
 * - The statement fails with 23505 on the journal's key if another process wrote one of the accounts. So do a used key,
 *   and a branch of another coordinator that already exists.
 * - `stale`: an account that was only read must still be at the entry that was read.
 * - `moving`: the compare-and-set of each move. It takes a row that has the expected status and is in time. It skips a
 *   row that another session has locked, so that lock holds up no other transaction.
 * - `busy`: totals that another session has locked; no statement waits for them.
 * - `gate`: all of it, or nothing.
 *
 * Rows come in the order of their keys, so that two statements never deadlock.
 */
export class AppendStatements<Q, R> {
  private readonly created;
  private readonly moves;

  constructor(
    rows: TransactionRows<Q, R>,
    /** How long a new transaction belongs to its first driver before the sweep treats it as orphaned. */
    private readonly orphanedAfterMs: number,
  ) {
    this.created = createdColumns(rows);
    this.moves = moveColumns(rows);
  }

  of(batch: Batch<Q, R>): AppendStatement {
    const values: string[] = [];
    const parts: string[] = [];
    // Answers give instants in milliseconds. A client that asks for the state at such an instant must find it.
    const ctes: string[] = ["clock as materialized (select date_trunc('milliseconds', clock_timestamp()) as at)"];
    const gates: string[] = [];
    const add = (name: string, cte: string): void => {
      parts.push(name);
      ctes.push(cte);
    };
    if (batch.read.length > 0) {
      add('read', staleCte(READS.unnest('r', values, batch.read)));
      gates.push('not exists (select from stale)');
    }
    const fenced = batch.moves.some((move) => move.fenced);
    if (batch.moves.length > 0) {
      const sorted = batch.moves.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      // PostgreSQL would apply one of the two moves, and not report which.
      if (sorted.some(({ id }, n) => id === sorted[n + 1]?.id)) throw new Error('a batch moves a transaction once');
      add(fenced ? 'fenced' : 'moves', movingCte(this.moves.unnest('m', values, sorted)));
      if (fenced) gates.push('not exists (select from moving where fenced and not found)');
    }
    const totals = ledgerChanges(batch.entries);
    if (totals.length > 0) {
      add('ledgers', busyCte(LEDGERS.unnest('l', values, totals)));
      gates.push('not exists (select from totals where busy)');
    }
    const gate = gates.length > 0 ? 'where (select open from gate)' : '';
    if (gate) ctes.push(`gate as materialized (select ${gates.join(' and ')} as open)`);
    if (totals.length > 0) ctes.push(ledgersCte(gate));
    if (batch.moves.length > 0) ctes.push(movedCte(gate));
    this.addInserts(batch, values, gate, add);
    const changes = changesOf(batch);
    if (changes.length > 0 || batch.moves.length > 0) {
      add('feed', feedCte(CHANGES.unnest('g', values, changes), batch.moves.length > 0, gate));
    }
    const text = `with ${ctes.join(',\n')}
select to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at,
  ${gate ? '(select open from gate)' : 'true'} as open,
  ${fenced ? 'array(select id from moving where fenced and not found)' : 'null'} as lost,
  ${batch.moves.length > 0 ? 'array(select id from moved)' : 'null'} as moved,
  ${totals.length > 0 ? 'array(select account_id from totals where busy)' : 'null'} as busy
from clock`;
    return { name: `append_${parts.join('_')}`, text, values };
  }

  private addInserts(
    batch: Batch<Q, R>,
    values: string[],
    gate: string,
    add: (name: string, cte: string) => void,
  ): void {
    if (batch.entries.length > 0) {
      const noted = batch.entries.some(({ note }) => note !== undefined);
      const columns = noted ? NOTED_ENTRIES : ENTRIES;
      add(
        noted ? 'noted' : 'entries',
        `journaled as (insert into journal (${columns.names}, occurred_at)
  select ${columns.names}, (select at from clock) from ${columns.unnest('e', values, sorted(batch.entries), atOnce(batch))} ${gate})`,
      );
    }
    const terms = termsChanges(batch.entries);
    if (terms.length > 0) add('terms', termsCtes(TERMS.unnest('a', values, terms), gate));
    if (batch.created.length > 0) {
      const rows = batch.created.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      add('created', createdCte(this.created.unnest('c', values, rows), gate, this.orphanedAfterMs));
    }
    const refusals = refusalsOf(batch.created);
    if (refusals.length > 0) {
      add(
        'refusals',
        `refused as (insert into refusals (${REFUSALS.names})
  select ${REFUSALS.names} from ${REFUSALS.unnest('f', values, refusals)} ${gate})`,
      );
    }
    if (batch.foreign.length > 0) {
      const rows = batch.foreign.toSorted((a, b) => (a.id < b.id ? -1 : 1));
      add(
        'foreign',
        `claimed as (insert into foreign_branches (${FOREIGN.names}, begun_at)
  select ${FOREIGN.names}, (select at from clock) from ${FOREIGN.unnest('b', values, rows)} ${gate})`,
      );
    }
    const keys = keysOf(batch);
    if (keys.length > 0) {
      add(
        'keys',
        `keyed as (insert into idempotency_keys (${KEYS.names}, created_at)
  select ${KEYS.names}, (select at from clock) from ${KEYS.unnest('k', values, keys)} ${gate})`,
      );
    }
  }
}

function sorted(entries: readonly JournalEntry[]): readonly JournalEntry[] {
  return entries.toSorted((a, b) => (a.account === b.account ? a.seq - b.seq : a.account < b.account ? -1 : 1));
}

function staleCte(rows: string): string {
  return `stale as materialized (select r.account_id from ${rows}
  where exists (select from journal j where j.account_id = r.account_id and j.seq = r.seq + 1))`;
}

function movingCte(rows: string): string {
  return `moving as materialized (select m.*, own.id is not null as found from ${rows}
  left join lateral (
    select t.id from transactions t
    where t.id = m.id and t.status = m.status_from
      and (m.guard is null
           or m.guard = 'before-deadline' and t.deadline_at > (select at from clock)
           or m.guard = 'after-deadline' and t.deadline_at <= (select at from clock)
           or m.guard = 'before-expiry' and t.expires_at > (select at from clock)
           or m.guard = 'after-expiry' and t.expires_at <= (select at from clock))
    for no key update skip locked
  ) own on true)`;
}

/** `attempts` stays: it counts drivers that gave up, not writes. */
function movedCte(gate: string): string {
  return `moved as (update transactions t
  set status = m.status_to,
      decided_at = case when m.status_to in ('committing', 'aborting', 'committed', 'aborted') then coalesce(t.decided_at, (select at from clock)) else t.decided_at end,
      finished_at = case when m.status_to in ('committed', 'aborted') then (select at from clock) end,
      query = coalesce(m.query, t.query),
      reason = coalesce(m.reason, t.reason),
      errors = m.errors,
      votes = coalesce(m.votes, t.votes),
      history = case when m.status_to in ('authorized', 'failed') or m.status_from = 'failed'
        then coalesce(t.history, '[]') || jsonb_build_array(jsonb_strip_nulls(jsonb_build_object('status', m.status_to,
          'at', to_char((select at from clock) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'errors', m.errors)))
        else t.history end,
      next_attempt_at = case when m.status_to = 'failed' then 'infinity'
                             when m.status_to = 'authorized' then t.expires_at
                             when m.status_from in ('failed', 'authorized') then (select at from clock)
                             else t.next_attempt_at end
  from (select * from moving where found offset 0) m
  ${gate ? `${gate} and` : 'where'} t.id = m.id
  returning t.id, t.status)`;
}

/** One row for all changes of the statement. Decisions are not in the feed; their effects are. */
function feedCte(changes: string, hasMoves: boolean, gate: string): string {
  const moves = `
    union all
    select 'transfer.' || status, id::text from moved where status in ('authorized', 'committed', 'aborted', 'failed')`;
  return `fed as (insert into feed (at, kinds, subjects)
  select (select at from clock), array_agg(kind), array_agg(subject)
  from (select kind, subject from ${changes} ${gate}${hasMoves ? moves : ''}) news
  having count(*) > 0)`;
}

function busyCte(rows: string): string {
  return `totals as materialized (select l.*, known.account_id is not null and own.account_id is null as busy from ${rows}
  left join lateral (select account_id from ledgers k where k.account_id = l.account_id offset 0) known on true
  left join lateral (select account_id from ledgers o where o.account_id = l.account_id for no key update skip locked) own on true)`;
}

function ledgersCte(gate: string): string {
  return `added as (insert into ledgers as t (account_id, deposited, deposit_count, withdrawn, withdraw_count, last_activity_at)
  select account_id, deposited, deposit_count, withdrawn, withdraw_count, (select at from clock) from totals ${gate}
  on conflict (account_id) do update
  set deposited = t.deposited + excluded.deposited, deposit_count = t.deposit_count + excluded.deposit_count,
      withdrawn = t.withdrawn + excluded.withdrawn, withdraw_count = t.withdraw_count + excluded.withdraw_count,
      last_activity_at = excluded.last_activity_at)`;
}

function termsCtes(rows: string, gate: string): string {
  const closedAt = '(case when closes then (select at from clock) end)';
  return `terms as materialized (select * from ${rows} ${gate}),
opened as (insert into accounts (id, currency, overdraft_limit, frozen, opened_at, closed_at)
  select account_id, currency, overdraft_limit, frozen, (select at from clock), ${closedAt} from terms where opens),
changed as (update accounts t
  set overdraft_limit = coalesce(a.overdraft_limit, t.overdraft_limit),
      frozen = case when a.overdraft_limit is null then t.frozen else a.frozen end,
      closed_at = ${closedAt}
  from (select * from terms where not opens offset 0) a where t.id = a.account_id)`;
}

function createdCte(rows: string, gate: string, orphanedAfterMs: number): string {
  const at = '(select at from clock)';
  const after = (ms: string) => `${at} + ${ms} * interval '1 millisecond'`;
  return `created as (insert into transactions (id, type, query, branches, asked_first, metadata, requested_by, status, reason, votes,
    deadline_at, expires_at, next_attempt_at, created_at, decided_at, finished_at, history)
  select id, type, query, branches::text[], asked_first, metadata, requested_by, status, reason, votes,
    ${after('timeout_ms')}, ${after('expires_in_ms')},
    case when status = 'authorized' then ${after('expires_in_ms')} else ${after(String(orphanedAfterMs))} end,
    ${at}, case when status in ('committing', 'committed', 'aborted') then ${at} end,
    case when status in ('committed', 'aborted') then ${at} end,
    case when status = 'authorized' then jsonb_build_array(jsonb_build_object('status', 'authorized',
      'at', to_char(${at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))) end
  from ${rows} ${gate})`;
}
