import { Client } from 'pg';

/**
 * Deletes a feed that came with a logical copy from another server. Such a feed has positions that this server has not
 * yet assigned: new rows could get the same positions, and readers would wait behind the copied ones. Resolves to
 * whether it deleted the feed; a reader then learns that its cursor has expired. On the server that wrote the feed this
 * never finds a row, whatever runs concurrently: a row is visible only if the snapshot knows that its transaction has
 * ended.
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
