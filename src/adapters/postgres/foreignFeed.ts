import { Client } from 'pg';

/**
 * Takes the feed away where it came with a logical copy from another server, which is to be seen by positions that this one
 * has not given out yet. Two rows could get the same one, and readers would wait for what comes after those that are ahead.
 * Resolves to whether it did; a reader of the feed then hears that its cursor has expired. On the server that wrote the feed
 * this finds nothing, whatever else goes on: no row can be seen whose transaction the snapshot does not know to have ended.
 */
export async function dropForeignFeed(connectionString: string): Promise<boolean> {
  const client = new Client({ connectionString, application_name: 'tandem-start', connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rowCount } = await client.query(DROP_FOREIGN);
    return (rowCount ?? 0) > 0;
  } finally {
    await client.end().catch(() => undefined);
  }
}

const DROP_FOREIGN = `
delete from feed
where exists (select from feed where position >= pg_snapshot_xmax(pg_current_snapshot()))`;
