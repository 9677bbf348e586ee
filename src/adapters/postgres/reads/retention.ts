import type { ReadPool } from './readPool';

/** How many rows one run of {@link prune} deleted. */
export interface Pruned {
  readonly transactions: number;
  readonly keys: number;
  /** Retry state of calls to remote branches, of deleted transactions. */
  readonly calls: number;
  /** Aborts of other coordinators that arrived before their prepare. */
  readonly tombstones: number;
  /** Rows of the feed. */
  readonly changes: number;
  /** Deliveries to webhooks. */
  readonly deliveries: number;
}

/**
 * The shortest retention of a tombstone. A prepare that arrives after its tombstone was deleted holds money that no
 * decision ends. The protocol refuses a call that was signed more than five minutes ago, so only a coordinator process
 * that paused before it signed can send one so late. A suspended machine may sleep for weeks; this is longer, whatever
 * the retention is.
 */
export const TOMBSTONE_MS_MIN = 30 * 86_400_000;

/**
 * Deletes what was finished longer than `olderThanMs` ago, at most `batchMax` rows in one statement: idempotency keys,
 * records of transactions with the retry state of their calls, tombstones of other coordinators' branches, feed rows of
 * that time, and their deliveries. Never deletes the journal, branches of other coordinators with journal entries, or
 * anything unfinished or failed. Several processes may run it at once; each skips rows that another one is deleting.
 */
export async function prune(pool: ReadPool, olderThanMs: number, batchMax: number): Promise<Pruned> {
  const [cutoff] = await pool.rows<{ at: Date }>(CUTOFF, { olderThanMs });
  if (!cutoff) throw new Error('the database did not tell the time');
  const bindings = { before: cutoff.at.toISOString(), beforeId: firstIdAt(cutoff.at), batchMax };
  // Delete keys first: a repeated request must never find a key whose transaction is gone.
  const keys = await repeat(pool, PRUNE_KEYS, bindings);
  const transactions = await repeat(pool, PRUNE_TRANSACTIONS, bindings);
  const calls = await repeat(pool, PRUNE_CALLS, bindings);
  const tombstones = await repeat(pool, PRUNE_TOMBSTONES, {
    batchMax,
    olderThanMs: Math.max(olderThanMs, TOMBSTONE_MS_MIN),
  });
  const changes = await repeat(pool, PRUNE_FEED, bindings);
  const deliveries = await repeat(pool, PRUNE_DELIVERIES, bindings);
  return { keys, transactions, calls, tombstones, changes, deliveries };
}

interface Bindings {
  readonly batchMax: number;
  readonly [name: string]: string | number;
}

async function repeat(pool: ReadPool, sql: string, bindings: Bindings): Promise<number> {
  for (let total = 0; ; ) {
    const [row] = await pool.rows<{ count: bigint }>(sql, { ...bindings });
    const count = Number(row?.count ?? 0);
    total += count;
    if (count < bindings.batchMax) return total;
  }
}

/**
 * Ids are UUIDs of version 7: their first 48 bits are the milliseconds of their creation, so the id order finds the old
 * ones.
 */
function firstIdAt(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0').padEnd(32, '0');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

const CUTOFF = `select clock_timestamp() - cast(:olderThanMs as float8) * interval '1 millisecond' as at`;

const PRUNE_KEYS = `
with old as (
  select scope, key from idempotency_keys k
  where created_at < cast(:before as timestamptz)
    and not exists (
      select from transactions t
      where t.id = k.transaction_id
        and not (t.status in ('committed', 'aborted') and t.finished_at < cast(:before as timestamptz)))
  limit :batchMax
  for update skip locked
),
gone as (
  delete from idempotency_keys k using old where k.scope = old.scope and k.key = old.key returning 1
)
select count(*) as count from gone`;

const PRUNE_TRANSACTIONS = `
with old as (
  select id, branches from transactions
  where id < cast(:beforeId as uuid)
    and status in ('committed', 'aborted') and finished_at < cast(:before as timestamptz)
  order by id
  limit :batchMax
  for update skip locked
),
refusals_gone as (
  delete from refusals r using old
  where r.account_id = any (old.branches) and r.transaction_id = old.id
),
gone as (
  delete from transactions t using old where t.id = old.id returning 1
)
select count(*) as count from gone`;

/**
 * Separate from the statement that deletes transactions, so that it also deletes what an earlier version left, or a
 * process that died between the two.
 */
const PRUNE_CALLS = `
with old as (
  select transaction_id, branch from branch_calls c
  where transaction_id < cast(:beforeId as uuid) and not exists (select from transactions t where t.id = c.transaction_id)
  limit :batchMax
  for update skip locked
),
gone as (
  delete from branch_calls c using old where c.transaction_id = old.transaction_id and c.branch = old.branch returning 1
)
select count(*) as count from gone`;

/**
 * Keeps a branch that has an account: its journal entries find their coordinator by this row, and a late prepare learns
 * from it that the branch has ended.
 */
const PRUNE_TOMBSTONES = `
with old as (
  select id from foreign_branches
  where account_id is null and begun_at < clock_timestamp() - cast(:olderThanMs as float8) * interval '1 millisecond'
  limit :batchMax
  for update skip locked
),
gone as (
  delete from foreign_branches f using old where f.id = old.id returning 1
)
select count(*) as count from gone`;

/**
 * Deletes from the oldest row on, without a gap, even if other processes prune at the same time: a reader trusts that
 * every row after its cursor's row exists while that row does. The newest row stays, so that a reader that has read
 * everything can continue from it after a quiet year.
 */
const PRUNE_FEED = `
with old as (
  select position from feed
  where at < cast(:before as timestamptz) and position < (select position from feed order by position desc limit 1)
  order by position
  limit :batchMax
),
gone as (
  delete from feed where position <= (select position from old order by position desc limit 1) returning 1
)
select count(*) as count from gone`;

/** By the age of the event. A webhook that missed an event records that. */
const PRUNE_DELIVERIES = `
with old as (
  select webhook_id, position, count, at_ms from webhook_deliveries
  where at_ms < cast(extract(epoch from cast(:before as timestamptz)) * 1000 as bigint)
  limit :batchMax
  for update skip locked
),
gone as (
  delete from webhook_deliveries d using old
  where d.webhook_id = old.webhook_id and d.position = old.position and d.count = old.count and d.at_ms = old.at_ms
  returning d.webhook_id, d.delivered_at
),
missed as (
  select id from webhooks where id in (select webhook_id from gone where delivered_at is null)
  order by id
  for no key update
),
gaps as (
  update webhooks w set gap_at = clock_timestamp() from missed where w.id = missed.id
)
select count(*) as count from gone`;
