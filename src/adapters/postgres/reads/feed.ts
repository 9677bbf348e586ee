import { BEGINNING, type FeedCursor } from '../../../engine/feed/cursor';
import {
  ACCOUNT_CHANGES,
  type AccountChange,
  type ChangedTransaction,
  type ChangeType,
  type FeedEvent,
  type FeedSlice,
  type FeedStore,
  TRANSFER_CHANGES,
  type TransferChange,
} from '../../../engine/feed/store';
import { type TransactionCodec, type TransactionRow, TransactionRows } from '../transactions/transactionRows';
import { READABLE_BELOW } from './feedHorizon';
import type { ReadPool } from './readPool';

interface ChangeRow {
  readonly position: string;
  readonly at: Date;
  readonly n: number;
  readonly kind: ChangeType;
  readonly subject: string;
  readonly transaction: StoredTransaction | null;
}

type StoredTransaction = Pick<TransactionRow, 'query' | 'metadata' | 'requested_by' | 'reason' | 'history'> & {
  readonly expires_at: string | null;
};

interface EndRow {
  readonly position: string;
  readonly at: Date;
  readonly count: number;
}

/** Rows that one read examines; each has at least one change. */
const ROWS_MAX = 200;

/** The order of the changes that one statement may make to one subject, below {@link VERSIONS}. */
const RANK: Readonly<Record<ChangeType, number>> = {
  'transfer.created': 0,
  'transfer.authorized': 1,
  'transfer.committed': 1,
  'transfer.aborted': 1,
  'transfer.failed': 1,
  'account.opened': 0,
  'account.frozen': 1,
  'account.closed': 2,
};
const VERSIONS = 4;

/** The feed that the append statements write. Reads use the read pool. */
export class PostgresFeed<Q, R> implements FeedStore<Q, R> {
  private readonly rows: TransactionRows<Q, R>;

  constructor(
    private readonly pool: ReadPool,
    codec: TransactionCodec<Q, R>,
  ) {
    this.rows = new TransactionRows(codec);
  }

  async read(cursor: FeedCursor, limit: number): Promise<FeedSlice<Q, R> | undefined> {
    const below = await this.readableBelow();
    const from = Math.max(cursor.count, 1);
    const found = await this.pool.rows<ChangeRow>(CHANGES, {
      position: String(cursor.position),
      from,
      below,
      rows: ROWS_MAX + 1,
      limit: limit + 1,
    });
    if (cursor.position > 0n && !isAt(found[0], cursor, from)) return undefined;
    // The change at the cursor was read again, only to check that it still exists.
    const changes = cursor.count > 0 ? found.slice(1) : found;
    const told = changes.slice(0, limit);
    const last = told.at(-1);
    const positions = new Set(found.map(({ position }) => position)).size;
    return {
      events: told.flatMap((row) => this.eventOf(row) ?? []),
      next: last ? cursorAfter(last) : cursor,
      hasMore: last !== undefined && (changes.length > limit || found.length > limit || positions > ROWS_MAX),
    };
  }

  async oldest(): Promise<FeedCursor> {
    const [row] = await this.pool.rows<EndRow>(OLDEST, {});
    return row ? { position: BigInt(row.position), count: 0, atMs: row.at.getTime() } : BEGINNING;
  }

  async latest(): Promise<FeedCursor> {
    const [row] = await this.pool.rows<EndRow>(LATEST, { below: await this.readableBelow() });
    return row ? { position: BigInt(row.position), count: row.count, atMs: row.at.getTime() } : BEGINNING;
  }

  /** How long the oldest unreadable change has waited, in seconds. */
  async lagSeconds(): Promise<number> {
    const [row] = await this.pool.rows<{ seconds: string }>(LAG, { below: await this.readableBelow() });
    return Number(row?.seconds ?? 0);
  }

  private async readableBelow(): Promise<string> {
    const [row] = await this.pool.rows<{ position: string }>(READABLE_BELOW, {});
    if (!row) throw new Error('the database told no snapshot');
    return row.position;
  }

  private eventOf(row: ChangeRow): FeedEvent<Q, R> | undefined {
    const { kind, subject, at, position, transaction } = row;
    const change = {
      cursor: cursorAfter(row),
      at: at.toISOString(),
      version: Number(position) * VERSIONS + RANK[kind],
    };
    if (isTransferChange(kind)) {
      const told = transaction && this.toldOf(kind, change.at, transaction);
      return { ...change, type: kind, id: subject, ...(told && { transaction: told }) };
    }
    // Ids with a slash are the service's own.
    return isAccountChange(kind) && !subject.includes('/') ? { ...change, type: kind, account: subject } : undefined;
  }

  private toldOf(type: TransferChange, at: string, stored: StoredTransaction): ChangedTransaction<Q, R> {
    const { metadata, requested_by, reason, history, expires_at } = stored;
    const errors = history?.find((entry) => entry.status === 'failed' && entry.at === at)?.errors;
    return {
      query: this.rows.queryOf(stored.query),
      ...(metadata !== null && { metadata }),
      ...(requested_by !== null && { requestedBy: requested_by }),
      ...(expires_at !== null && { expiresAt: new Date(expires_at).toISOString() }),
      ...(type === 'transfer.aborted' && { reason: this.rows.reasonOf(reason) }),
      ...(type === 'transfer.failed' && errors && { errors }),
    };
  }
}

function isAt(row: ChangeRow | undefined, { position, atMs }: FeedCursor, n: number): boolean {
  return row !== undefined && BigInt(row.position) === position && row.n === n && row.at.getTime() === atMs;
}

function cursorAfter({ position, n, at }: ChangeRow): FeedCursor {
  return { position: BigInt(position), count: n, atMs: at.getTime() };
}

function isTransferChange(kind: ChangeType): kind is TransferChange {
  return TRANSFER_CHANGES.some((one) => one === kind);
}

function isAccountChange(kind: ChangeType): kind is AccountChange {
  return ACCOUNT_CHANGES.some((one) => one === kind);
}

/**
 * Reads the cursor's row even if it is not below the limit: the reader has read it before. Looks up the record of a
 * transaction by its id, separately for each change, so the cost does not depend on the number of records.
 */
const CHANGES = `
select cast(f.position as text) as position, f.at, cast(c.n as int) as n, c.kind, c.subject,
  (select jsonb_build_object('query', t.query, 'metadata', t.metadata, 'requested_by', t.requested_by, 'reason', t.reason,
     'history', t.history, 'expires_at', t.expires_at)
   from transactions t where t.id = case when c.kind like 'transfer.%' then cast(c.subject as uuid) end) as transaction
from (
  select position, at, kinds, subjects from feed
  where position >= cast(:position as xid8)
    and (position < cast(:below as xid8) or position = cast(:position as xid8))
  order by position
  limit :rows
) f
cross join lateral unnest(f.kinds, f.subjects) with ordinality as c(kind, subject, n)
where f.position > cast(:position as xid8) or c.n >= :from
order by f.position, c.n
limit :limit`;

const OLDEST = 'select cast(position as text) as position, at, 0 as count from feed order by feed.position limit 1';

const LATEST = `
select cast(position as text) as position, at, cardinality(kinds) as count from feed
where position < cast(:below as xid8)
order by feed.position desc
limit 1`;

const LAG = `
select greatest(0, extract(epoch from clock_timestamp() - min(at))) as seconds from feed
where position >= cast(:below as xid8)`;
