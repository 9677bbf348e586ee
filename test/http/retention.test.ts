import { ReadPool } from '../../src/adapters/postgres/reads/readPool';
import { prune } from '../../src/adapters/postgres/reads/retention';
import { MemoryLog } from '../support/memoryLog';
import { WholeService } from './serviceHarness';

const DAY_MS = 86_400_000;

describe('retention', () => {
  it('takes away what was finished long ago, and nothing else', async () => {
    const service = await WholeService.start();
    const { client, database } = service;
    for (const id of ['a', 'b']) await client.post(`/account/${id}`);
    await client.post('/account/a/deposit/100', { headers: { 'idempotency-key': 'deposit' } });
    const transfer = async (key: string) => {
      const { body } = await client.post('/account/a/transfer/to/b/1', { headers: { 'idempotency-key': key } });
      return String(body['id']);
    };
    const old = await transfer('old');
    const failed = await transfer('failed');
    const recent = await transfer('recent');
    // The old ones are made a month older, ids included: those hold the time of their creation.
    for (const id of [old, failed]) {
      const older = `0100${id.slice(4)}`;
      for (const [table, column] of [
        ['transactions', 'id'],
        ['journal', 'transaction_id'],
        ['idempotency_keys', 'transaction_id'],
      ]) {
        await database.query(`update ${table} set ${column} = $2 where ${column} = $1`, [id, older]);
      }
    }
    await database.query(
      `update transactions set finished_at = now() - interval '30 days' where id < '02000000-0000-0000-0000-000000000000'`,
    );
    // Both openings are one statement each, the news of transfers come after them.
    await database.query(
      `update feed set at = now() - interval '30 days' where position in (select position from feed order by position limit 2)`,
    );
    const feed = await database.query('select position from feed order by position');
    await database.query(`update transactions set status = 'failed' where id = $1`, [`0100${failed.slice(4)}`]);
    await database.query(`update idempotency_keys set created_at = now() - interval '30 days' where key <> 'recent'`);
    const journal = await database.query('select * from journal order by account_id, seq');

    const pool = new ReadPool(
      {
        connectionString: database.url,
        connectionsMax: 2,
        acquireTimeoutMs: 1000,
        statementTimeoutMs: 5000,
      },
      new MemoryLog(),
    );
    // The keys of two openings, of the deposit and of the old transfer; in batches of one.
    expect(await prune(pool, 20 * DAY_MS, 1)).toEqual({ transactions: 1, keys: 4, changes: 2 });
    expect(await prune(pool, 20 * DAY_MS, 1)).toEqual({ transactions: 0, keys: 0, changes: 0 });
    await pool.close();

    expect(await database.query('select position from feed order by position')).toEqual(feed.slice(2));

    const ids = await database.query<{ id: string }>('select id from transactions order by id');
    expect(ids.map(({ id }) => id)).toEqual([`0100${failed.slice(4)}`, recent]);
    expect(await database.query('select * from journal order by account_id, seq')).toEqual(journal);
    expect(
      (await client.post('/account/a/transfer/to/b/1', { headers: { 'idempotency-key': 'recent' } })).body['id'],
    ).toBe(recent);
    await service.stop();
  });
});
