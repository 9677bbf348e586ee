import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import knex, { type Knex } from 'knex';
import { Client } from 'pg';
import { migrations } from '../../migrations';
import { migrate } from '../../src/adapters/postgres/migrate';
import { eventually } from '../kit/wait';
import { TestDatabase } from '../support/testDatabase';

let database: TestDatabase;

beforeEach(async () => {
  database = await TestDatabase.createEmpty();
});

afterEach(async () => {
  await database.drop();
});

describe('the migrations', () => {
  test('run once when several processes start at once on an empty database', async () => {
    const applied = await Promise.all(Array.from({ length: 6 }, () => migrate(database.url)));
    expect(applied.flat()).toEqual([...migrations.keys()]);
    await expect(migrate(database.url)).resolves.toEqual([]);
    const names = await database.query<{ name: string }>('select name from tandem_migrations order by id');
    expect(names.map(({ name }) => name)).toEqual([...migrations.keys()]);
  });

  test('are not kept away by the lock of a process that died half way', async () => {
    await migrate(database.url);
    await database.query('update tandem_migrations_lock set is_locked = 1');
    await database.query(`delete from tandem_migrations where name <> (select min(name) from tandem_migrations)`);
    const down = [...migrations].slice(1).toReversed();
    expect(down.length).toBeGreaterThan(0);
    for (const [, migration] of down) await downBy(migration);
    await expect(migrate(database.url)).resolves.toEqual([...migrations.keys()].slice(1));
  });

  test('let writers through while a reader keeps them from a table', async () => {
    await migrate(database.url);
    const altering = migrations.get('0009_terms_in_the_journal');
    if (!altering) throw new Error('the migration has another name');
    await downBy(altering);
    await database.query(`delete from tandem_migrations where name = '0009_terms_in_the_journal'`);
    let migrating: Promise<readonly string[]> = Promise.resolve([]);
    await database.whileLocked('lock table journal in access share mode', async () => {
      migrating = migrate(database.url);
      await eventually('the migration waits for the reader', () => database.lockWaits(), { deadlineMs: 30_000 });
      for (let writes = 0; writes < 5; writes += 1) {
        // As long as the service waits for a lock.
        await database.query(`begin; set local lock_timeout = '1s'; lock table journal in row exclusive mode; commit`);
      }
    });
    await expect(migrating).resolves.toEqual(['0009_terms_in_the_journal']);
  });

  test('wait for a process that ends and still has a row of knex locked', async () => {
    await migrate(database.url);
    let migrating: Promise<readonly string[]> = Promise.resolve([]);
    await database.whileLocked('select from tandem_migrations_lock for update', async () => {
      migrating = migrate(database.url);
      await eventually('the migration waits for the row', () => database.lockWaits(), { deadlineMs: 30_000 });
      // Longer than the migration waits for a lock.
      await sleep(600);
    });
    await expect(migrating).resolves.toEqual([]);
  });

  test('say what keeps them when they have waited for too long', async () => {
    const told = async (lock: string): Promise<string> => {
      const error: Error = await migrate(database.url, 200).then(
        () => Promise.reject(new Error('migrated')),
        (refusal) => refusal,
      );
      expect(error.message).toContain(`(lock timeout): another session has held ${lock} for 0.2 s.`);
      return error.message.slice(error.message.indexOf('select a.pid'));
    };
    await database.whileLocked('select pg_advisory_lock(1953391725)', async () => {
      const found = await database.query(await told('the lock of migrations'));
      expect(found).toMatchObject([{ application_name: 'test' }]);
    });
    await migrate(database.url);
    await database.whileLocked('lock table tandem_migrations_lock', async () => {
      const found = await database.query(await told('a lock on a table'));
      expect(found).toMatchObject([{ application_name: 'test' }]);
    });
    await expect(migrate(database.url)).resolves.toEqual([]);
  });

  test('take as long as they take, whatever statement timeout the database has', async () => {
    await database.query(
      `do $$ begin execute format('alter database %I set statement_timeout = 1', current_database()); end $$`,
    );
    await expect(migrate(database.url)).resolves.toEqual([...migrations.keys()]);
  });

  test.each([
    ['exchange the index of branches where the journal is empty', false],
    ['keep the index of branches where the journal has rows, for processes of the version before', true],
  ])('%s', async (_, hasRows) => {
    await migrate(database.url);
    const [name, marking] = [...migrations].at(-1) ?? [];
    if (name !== '0010_branches_ended_at_once' || !marking) throw new Error('the migration has another name');
    await downBy(marking);
    await database.query('delete from tandem_migrations where name = $1', [name]);
    if (hasRows) {
      await database.query(
        `insert into journal (account_id, seq, kind, amount, balance_after, held_after, incoming_after, occurred_at)
         values ('a', 1, 'opened', 0, 0, 0, 0, now())`,
      );
    }
    await expect(migrate(database.url)).resolves.toEqual([name]);
    const leavesOut = async () => {
      const [index] = await database.query<{ indexdef: string }>(
        `select indexdef from pg_indexes where indexname like 'journal_branches%'`,
      );
      return index?.indexdef.includes('ended_at_once IS NULL');
    };
    expect(await leavesOut()).toBe(!hasRows);
    const operations = readFileSync(join(__dirname, '..', '..', 'docs', 'operations.md'), 'utf8');
    const { groups } = /### Exchange the index of branches.*?```sql\n(?<sql>.*?)```/su.exec(operations) ?? {};
    const psql = new Client({ connectionString: database.url });
    await psql.connect();
    // One by one, as psql sends them: the first statement must run in no transaction.
    for (const statement of (groups?.['sql'] ?? '').trim().split(';')) if (statement) await psql.query(statement);
    await psql.end();
    expect(await leavesOut()).toBe(true);
  });

  test('can be taken back one after another', async () => {
    await migrate(database.url);
    for (const [, migration] of [...migrations].toReversed()) await downBy(migration);
    const left = await database.query(
      `select relname from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
        and relname not like 'tandem_migrations%'`,
    );
    expect(left).toEqual([]);
  });
});

async function downBy({ down }: { readonly down: (knex: Knex) => Promise<void> }): Promise<void> {
  const db = knex({ client: 'pg', connection: database.url, pool: { min: 0, max: 1 } });
  try {
    await down(db);
  } finally {
    await db.destroy();
  }
}

test.each([
  ['9999_of_the_future', 'newer than this program'],
  ['0000_of_another_time', 'of another version of this program'],
])('a schema with %s is not touched, and it is said that it is %s', async (name, which) => {
  await migrate(database.url);
  await database.query(`insert into tandem_migrations (name, batch, migration_time) values ('${name}', 9, now())`);
  await expect(migrate(database.url)).rejects.toThrow(
    `The schema of the database is ${which}: it has ${name}. Start the version that made it, or set DATABASE_URL to another database; where the embedded server keeps it, DATA_DIR to another folder.`,
  );
});
