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
    for (const id of [old, failed]) {
      await database.query(
        `insert into branch_calls (transaction_id, branch, confirmed, since)
         values ($1, 'participants/stock/a', 'committed', now()), ($1, 'participants/stock/b', 'committed', now())`,
        [`0100${id.slice(4)}`],
      );
    }
    // Other coordinators' tombstones and prepared branches, by the days of their age.
    await database.query(
      `insert into foreign_branches (id, caller, transaction, branch, account_id, direction, amount, begun_at)
       select gen_random_uuid(), 'north', gen_random_uuid(), kind || days, account_id, direction, amount, now() - days * interval '1 day'
       from unnest(array[10, 25, 31, 100]) as days,
         (values ('tombstone', null, null, null), ('prepared', 'a', 'debit', 5)) as b(kind, account_id, direction, amount)`,
    );

    const webhook = '019ab1c4-7d2e-7c3a-9b60-5a4f0e1d2c3b';
    await database.query(
      `insert into webhooks (id, url, types, disabled_at) values ($1, 'https://hooks.example', '{account.opened}', now())`,
      [webhook],
    );
    await database.query(
      `insert into webhook_deliveries (webhook_id, position, count, at_ms, type, body, next_attempt_at, delivered_at)
       select $1, case when delivered_at is null then xid8 '7' else '8' end, days, extract(epoch from now()) * 1000 - days * 86400000.0, 'account.opened', '{}', next_attempt_at, delivered_at
       from unnest(array[10, 31]) as days,
         (values (now(), null), (null, now())) as d(next_attempt_at, delivered_at)`,
      [webhook],
    );

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
    const first = { transactions: 1, keys: 4, calls: 2, tombstones: 2, changes: 2, deliveries: 2 };
    expect(await prune(pool, 20 * DAY_MS, 1)).toEqual(first);
    expect(await prune(pool, 20 * DAY_MS, 1)).toEqual(Object.fromEntries(Object.keys(first).map((kind) => [kind, 0])));
    await pool.close();

    const deliveries = await database.query<{ count: number }>('select count from webhook_deliveries');
    expect(deliveries.map(({ count }) => count)).toEqual([10, 10]);
    // One of those that are gone was never delivered.
    expect(await database.query('select id from webhooks where gap_at is not null')).toEqual([{ id: webhook }]);

    const calls = await database.query<{ transaction_id: string }>('select distinct transaction_id from branch_calls');
    expect(calls).toEqual([{ transaction_id: `0100${failed.slice(4)}` }]);
    const foreign = await database.query<{ branch: string }>('select branch from foreign_branches order by begun_at');
    // Branches that the journal may have entries of stay as it does; tombstones for a month at the least.
    expect(foreign.map(({ branch }) => branch).toSorted()).toEqual(
      ['prepared10', 'prepared25', 'prepared31', 'prepared100', 'tombstone10', 'tombstone25'].toSorted(),
    );

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
