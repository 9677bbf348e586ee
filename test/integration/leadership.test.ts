import { Leadership } from '../../src/adapters/postgres/leadership';
import { eventually, sleep } from '../../stress/infra/wait';
import { TestDatabase } from '../support/testDatabase';

const SILENT_MS = 1_000;

let database: TestDatabase;
let all: Leadership[];

beforeEach(async () => {
  database = await TestDatabase.create();
  all = [];
});

afterEach(async () => {
  await Promise.all(all.map((one) => one.resign()));
  await database.drop();
});

function contender(group = 1, connectionString = database.url): Leadership {
  const leadership = new Leadership({ connectionString, group, silentMaxMs: SILENT_MS });
  all.push(leadership);
  return leadership;
}

const leads = (one: Leadership): Promise<true> =>
  eventually('it leads', async () => ((await one.ask()) === 'leads' ? true : undefined), {
    deadlineMs: 10_000,
    everyMs: 50,
  });

test('one of a group leads for as long as it asks; each group has a leader of its own', async () => {
  const [first, second, other] = [contender(), contender(), contender(2)];
  expect(await first.ask()).toBe('leads');
  expect(await other.ask()).toBe('leads');
  for (let asked = 0; asked < 8; asked += 1) {
    expect(await second.ask()).toBe('follows');
    expect(await first.ask()).toBe('leads');
    await sleep(SILENT_MS / 4);
  }
});

test('whoever resigns is followed at once, however often it had asked', async () => {
  const [first, second] = [contender(), contender()];
  for (let asked = 0; asked < 3; asked += 1) expect(await first.ask()).toBe('leads');
  expect(await second.ask()).toBe('follows');
  await first.resign();
  await leads(second);
  expect(await first.ask()).toBe('follows');
});

test('a leader that falls silent loses the lead, and learns it when it asks again', async () => {
  const [paused, other] = [contender(), contender()];
  expect(await paused.ask()).toBe('leads');
  await leads(other);
  expect(await paused.ask()).toBe('follows');
  expect(await other.ask()).toBe('leads');
});

test('a connection that was cut costs the lead only if another process was quicker', async () => {
  const [first, second] = [contender(), contender()];
  expect(await first.ask()).toBe('leads');
  expect(await second.ask()).toBe('follows');
  await database.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where application_name = 'tandem-leader' and datname = current_database()`,
  );
  await leads(first);
  expect(await second.ask()).not.toBe('leads');
});

test('of a database that is away nothing is known', async () => {
  expect(await contender(1, 'postgres://127.0.0.1:1/nowhere').ask()).toBe('unknown');
});
