import { PostgresFeed } from '../../src/adapters/postgres/reads/feed';
import { ReadPool } from '../../src/adapters/postgres/reads/readPool';
import { transferCodec } from '../../src/adapters/postgres/transactions/transferCodec';
import type { TransferQuery, TransferRefusal } from '../../src/domain/transfer';
import { BEGINNING, type FeedCursor } from '../../src/engine/feed/cursor';
import type { FeedEvent } from '../../src/engine/feed/store';
import { MemoryLog } from './memoryLog';
import type { TestDatabase } from './testDatabase';

/** Reads the feed of a database from its beginning. Each read goes as far as it can. */
export class FeedReader {
  readonly seen: FeedEvent<TransferQuery, TransferRefusal>[] = [];
  cursor: FeedCursor = BEGINNING;
  readonly pool: ReadPool;
  readonly feed: PostgresFeed<TransferQuery, TransferRefusal>;

  constructor(database: TestDatabase) {
    const limits = { connectionsMax: 2, acquireTimeoutMs: 2_000, statementTimeoutMs: 5_000 };
    this.pool = new ReadPool({ connectionString: database.url, ...limits }, new MemoryLog());
    this.feed = new PostgresFeed(this.pool, transferCodec);
  }

  /** The new events, by type and subject. */
  async read(limit = 500): Promise<string[]> {
    const from = this.seen.length;
    for (let hasMore = true; hasMore; ) {
      const slice = await this.feed.read(this.cursor, limit);
      if (!slice) throw new Error('the cursor has expired');
      this.seen.push(...slice.events);
      this.cursor = slice.next;
      ({ hasMore } = slice);
    }
    return this.seen.slice(from).map(nameOf);
  }

  close(): Promise<void> {
    return this.pool.close();
  }
}

export function nameOf(event: FeedEvent<unknown, unknown>): string {
  return `${event.type} ${'account' in event ? event.account : event.id}`;
}

/** The events that the database's records imply. */
export async function eventsOfRecords(database: TestDatabase): Promise<string[]> {
  const rows = await database.query<{ event: string }>(`
    select 'transfer.created ' || id as event from transactions
    union all
    select 'transfer.' || status || ' ' || id from transactions where status in ('committed', 'aborted')
    union all
    select 'transfer.' || (h ->> 'status') || ' ' || id from transactions, jsonb_array_elements(history) h
    where h ->> 'status' in ('authorized', 'failed')
    union all
    select 'account.opened ' || id from accounts where id !~ '/'`);
  return rows.map(({ event }) => event).toSorted();
}
