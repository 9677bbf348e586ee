import { Client } from 'pg';
import { eventually } from '../../stress/infra/wait';
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
    // Actors that know their accounts write at once, so all of them go into one statement.
    await Promise.all(ACCOUNTS.map((account, n) => here.deposit(account, 1n, `warm ${n}`)));
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
