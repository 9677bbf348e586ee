/**
 * The position below which the feed is complete, for a statement that begins after this one has ended.
 *
 * A position is the id of the transaction of PostgreSQL that wrote the row. Ids are drawn before the commit, so that a row
 * may appear in front of one that was read. No row appears below the answer, because the session that could write it had its id
 * before this statement's snapshot, and is one of two:
 *
 * 1. It had ended when the locks were looked at. PostgreSQL lets go of a transaction's locks only after it counts as ended
 *    for snapshots (CommitTransaction: ProcArrayEndTransaction, then the locks), so that the next statement sees its row.
 * 2. It was running. The statement that appends locks every table that it writes, this one too, before it runs, and draws
 *    its id while it runs (AcquireExecutorLocks; AssignTransactionId). So it held the lock, and the answer is not above it.
 *
 * An id counts as dangerous unless the lock on it, which its transaction holds to its end, is seen to be of a transaction
 * without a lock on the feed: an id whose own lock is not there yet, a moment after it was drawn, holds the answer down. A
 * session that has written elsewhere and stays open, whichever database it is in, holds up no reader. What it must not do is
 * write to the feed itself: only the statement that appends does, as a transaction of its own.
 *
 * What holds the answer down is bounded: an append ends after its statement timeout of ten seconds, and the pruning of the
 * feed after its own.
 *
 * Locks are looked at after the snapshot of the statement that looks; that is why rows need another statement, whose
 * snapshot comes after the locks. On a standby no locks are seen: the feed is read on the primary.
 *
 * Positions over the life of a server. A restart, a crash, pg_upgrade (it carries the counter over) and the promotion of a
 * standby that has everything go on counting. A backup that is restored, or a standby that lacks the end, gives ids out
 * again: a cursor then names a row that is not there, or is another one, and is refused (`FeedCursor`). A logical copy has
 * rows with the ids of another server; where those are ahead of the own counter, `dropForeignFeed` takes the feed away
 * before anything is written.
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
