/**
 * The position below which the feed is complete, for a statement that begins after this one has ended.
 *
 * A position is the id of the PostgreSQL transaction that wrote the row. PostgreSQL assigns ids before the commit, so a
 * row may appear before one that was already read. No row appears below the answer: a session that could write one got
 * its id before this statement's snapshot, and is in one of two states:
 *
 * 1. It had ended when this statement read the locks. PostgreSQL releases a transaction's locks only after the
 *    transaction counts as ended for snapshots (CommitTransaction: ProcArrayEndTransaction, then the locks), so the
 *    next statement sees its row.
 * 2. It was running. The append statement locks every table that it writes, including the feed, before it runs, and
 *    gets its id while it runs (AcquireExecutorLocks; AssignTransactionId). So it held the lock, and the answer is not
 *    above its id.
 *
 * A transaction holds a lock on its own id until it ends. An id counts as dangerous, unless that lock is visible and
 * belongs to a transaction without a lock on the feed. So an id whose own lock is not visible yet, a moment after it
 * was assigned, holds the answer down. A session that wrote elsewhere and stays open, in any database, holds up no
 * reader. But such a session must not write to the feed: only the append statement does, as its own transaction.
 *
 * The hold-down is bounded: an append ends after its statement timeout of ten seconds, and the pruning of the feed
 * after its own timeout.
 *
 * A statement reads the locks after its own snapshot. So the rows need another statement, whose snapshot comes after
 * the locks. A standby shows no locks: read the feed on the primary.
 *
 * Positions over the life of a server: a restart, a crash, pg_upgrade (it carries the counter over) and the promotion
 * of a standby that has everything continue the count. A restored backup, or a standby that lacks the end, assigns ids
 * again: a cursor then names a missing or different row, and is refused (`FeedCursor`). A logical copy has rows with
 * ids of another server. If those are ahead of the own counter, `dropForeignFeed` deletes the feed before anything is
 * written.
 */
export const READABLE_BELOW = `
with locks as materialized (
  select locktype, mode, virtualtransaction, transactionid,
    locktype = 'relation' and mode = 'RowExclusiveLock' and relation = cast('feed' as regclass)
      and database = (select oid from pg_database where datname = current_database()) as writes_feed
  from pg_locks
),
harmless as (
  select own.transactionid from locks own
  where own.locktype = 'transactionid' and own.mode = 'ExclusiveLock'
    and not exists (select from locks w where w.writes_feed and w.virtualtransaction = own.virtualtransaction)
)
select cast(position as text) as position
from (
  select pg_snapshot_xmax(pg_current_snapshot()) as position
  union all
  select running from pg_snapshot_xip(pg_current_snapshot()) as running
  where not exists (select from harmless h where h.transactionid = cast(running as xid))
) positions
order by positions.position
limit 1`;
