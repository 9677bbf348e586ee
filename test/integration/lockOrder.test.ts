import { Client } from 'pg';
import { PostgresAccountStore } from '../../src/adapters/postgres/accountStore';
import { createHotPool } from '../../src/adapters/postgres/pool';
import { systemClock } from '../../src/adapters/systemClock';
import type { AccountEntry } from '../../src/engine/ports';
import { eventually } from '../../stress/infra/wait';
import { MemoryLog } from '../support/memoryLog';
import { RealEngine } from '../support/realEngine';
import { TestDatabase } from '../support/testDatabase';
import { transactionId } from '../support/transactionId';

const ACCOUNTS = ['lock-a', 'lock-b', 'lock-c', 'lock-d'];

let database: TestDatabase;
let here: RealEngine;
let elsewhere: RealEngine;

beforeAll(async () => {
  database = await TestDatabase.create();
  here = RealEngine.on(database);
  elsewhere = RealEngine.on(database);
  for (const account of ACCOUNTS) await here.open(account, 1_000_000n);
});

afterAll(async () => {
  await here.close();
  await elsewhere.close();
  await database.drop();
});

describe('the rows of accounts', () => {
  test('are locked in id order by a write of many: it waits for the first that is taken, and has none behind it', async () => {
    // What actors write in one turn goes into one statement.
    const holder = new Client({ connectionString: database.url });
    await holder.connect();
    await holder.query('begin');
    await holder.query(`select from accounts where id = 'lock-b' for update`);
    const writes = ACCOUNTS.toReversed().map((account) => here.deposit(account, 1n, `ordered ${account}`));
    await eventually('the write waits for lock-b', async () => ((await free()).includes('lock-a') ? undefined : true), {
      deadlineMs: 5_000,
    });
    expect(await free()).toEqual(['lock-c', 'lock-d']);
    await holder.query('commit');
    await holder.end();
    for (const reply of await Promise.all(writes)) expect(reply).toMatchObject({ kind: 'done' });
  });

  test('written by two processes in all orders never deadlock', async () => {
    const before = await deadlocks();
    const rounds = Array.from({ length: 60 }, (_, round) => round);
    const work = async (engine: RealEngine, name: string): Promise<void> => {
      for (const round of rounds) {
        const order = round % 2 === 0 ? ACCOUNTS : ACCOUNTS.toReversed();
        await Promise.all([
          ...order.map((account) => engine.deposit(account, 1n, `${name} ${round} ${account}`)),
          ...order.map((account) =>
            engine.branch(account, { type: 'PrepareDebit', transactionId: transactionId(), amount: 1n }),
          ),
        ]);
      }
    };
    await Promise.all([work(here, 'here'), work(elsewhere, 'elsewhere')]);
    expect(await deadlocks()).toBe(before);
    const [row] = await database.query<{ held: string; prepared: string }>(
      `select (select sum(held) from accounts)::text as held,
              (select count(*) from account_branches where state = 'prepared')::text as prepared`,
    );
    expect(row).toEqual({ held: '480', prepared: '480' });
  });
});

describe('tombstones of an account that does not exist', () => {
  test('inserted by two processes in opposite orders do not deadlock: there is no row of an account to lock first', async () => {
    await database.query(`
      create function linger() returns trigger language plpgsql as $$ begin perform pg_sleep(0.2); return new; end $$;
      create trigger linger before insert on account_branches for each row execute function linger()`);
    const pool = createHotPool(
      { connectionString: database.url, connectionsMax: 2, connectTimeoutMs: 2_000, statementTimeoutMs: 10_000 },
      new MemoryLog(),
    );
    // Each statement is tried once, so that what stopped it is told.
    const once = { rowsMax: 9, waitingMax: 9, lanes: 1, attemptsMax: 1, backoff: { initialMs: 1, maxMs: 1 } };
    const write = (entries: readonly AccountEntry[]) =>
      new PostgresAccountStore(pool, once, systemClock).write('nobody', entries);
    const tombstones = [transactionId(), transactionId()].map(
      (id): AccountEntry => ({ event: { type: 'BranchTombstoned', transactionId: id } }),
    );
    try {
      const written = await Promise.allSettled([write(tombstones), write(tombstones.toReversed())]);
      const stoppedBy = written.flatMap((one) => (one.status === 'rejected' ? [one.reason.cause.code] : []));
      // Whoever comes second finds the keys taken, which the next attempt then sees.
      expect(['', '23505']).toContain(stoppedBy.join());
    } finally {
      await pool.end();
      await database.query('drop trigger linger on account_branches; drop function linger');
    }
  });
});

test('a tombstone that was written before is found without waiting for whoever has locked it', async () => {
  const id = transactionId();
  const abort = (engine: RealEngine) => engine.branch('nobody', { type: 'AbortBranch', transactionId: id });
  await abort(here);
  const holder = new Client({ connectionString: database.url });
  await holder.connect();
  await holder.query('begin');
  const { rowCount } = await holder.query(
    `select from account_branches where account_id = 'nobody' and transaction_id = $1 for update`,
    [id],
  );
  expect(rowCount).toBe(1);
  expect(await abort(elsewhere)).toMatchObject({ kind: 'done' });
  await holder.query('commit');
  await holder.end();
});

/** The accounts whose rows nobody has locked. */
async function free(): Promise<string[]> {
  const rows = await database.query<{ id: string }>('select id from accounts order by id for update skip locked');
  return rows.map(({ id }) => id);
}

async function deadlocks(): Promise<unknown> {
  const [row] = await database.query<{ deadlocks: unknown }>(
    'select deadlocks from pg_stat_database where datname = current_database()',
  );
  return row?.deadlocks;
}
