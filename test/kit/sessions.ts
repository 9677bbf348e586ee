import { Client } from 'pg';
import { sleep } from './wait';

/** Sessions of other clients that hold what the service needs. A fault of the server may end them early. */

export const LOCKED_TABLES = ['transactions', 'journal', 'ledgers'] as const;
export type LockedTable = (typeof LOCKED_TABLES)[number];

const ROWS: Readonly<Record<LockedTable, string>> = {
  // Prefers a transaction in flight.
  transactions: 'select from transactions order by finished_at nulls first, created_at desc limit 1 for update',
  journal: `select from journal
     where (account_id, seq) = (select account_id, max(seq) from journal where account_id = (
             select id from accounts order by random() limit 1) group by account_id) for update`,
  ledgers:
    'select from ledgers where account_id = (select account_id from ledgers order by random() limit 1) for update',
};

/** Holds the lock of one row until the caller releases it. Throws when the database is away. */
export async function lockRow(url: string, table: LockedTable): Promise<{ release(): Promise<void> }> {
  const client = await connect(url);
  await client.query('begin');
  await client.query(ROWS[table]);
  return { release: () => end(client) };
}

/** Takes every free connection, and every connection that becomes free, until it leaves. */
export class Crowd {
  private readonly clients: Client[] = [];
  private leaving = false;

  constructor(private readonly url: string) {}

  /** Resolves when no connection is free. */
  async gather(): Promise<void> {
    while (!this.leaving && (await this.takeOne()));
    void this.stay();
  }

  get size(): number {
    return this.clients.length;
  }

  async leave(): Promise<void> {
    this.leaving = true;
    await Promise.all(this.clients.splice(0).map(end));
  }

  private async stay(): Promise<void> {
    while (!this.leaving) {
      await this.takeOne();
      await sleep(20);
    }
    await Promise.all(this.clients.splice(0).map(end));
  }

  private async takeOne(): Promise<boolean> {
    try {
      this.clients.push(await connect(this.url));
      return true;
    } catch {
      return false;
    }
  }
}

async function connect(url: string): Promise<Client> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined); // ended by a fault of the server
  await client.connect();
  return client;
}

async function end(client: Client): Promise<void> {
  await Promise.race([client.end().catch(() => undefined), sleep(1000, undefined, { ref: false })]);
}
