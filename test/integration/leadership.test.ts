import { Leadership } from '../../src/adapters/postgres/leadership';
import { eventually } from '../kit/wait';
import { MemoryLog } from '../support/memoryLog';
import { TestDatabase } from '../support/testDatabase';

/** Longer than any test: what happens sooner does not happen for silence. */
const PATIENT_MS = 600_000;
const SOON_MS = 60_000;

let database: TestDatabase;
let all: Leadership[];

beforeEach(async () => {
  database = await TestDatabase.create();
  all = [];
});

afterEach(async () => {
  for (const one of all) one.close();
  await database.drop();
});

interface Contender {
  readonly group?: string;
  readonly silentMaxMs?: number;
  readonly connectionString?: string;
  readonly log?: MemoryLog;
}

function contender({ group = 'a queue', log = new MemoryLog(), ...options }: Contender = {}): Leadership {
  const leadership = new Leadership(
    { connectionString: database.url, group, silentMaxMs: PATIENT_MS, ...options },
    log,
  );
  all.push(leadership);
  return leadership;
}

const leads = (one: Leadership): Promise<true> =>
  eventually('it leads', async () => ((await one.ask()) === 'leads' ? true : undefined), {
    deadlineMs: SOON_MS,
    everyMs: 50,
  });

test('one of a group leads, however often others ask; each group has a leader of its own', async () => {
  const [first, second, other] = [contender(), contender(), contender({ group: 'another queue' })];
  expect(await first.ask()).toBe('leads');
  expect(await other.ask()).toBe('leads');
  for (let asked = 0; asked < 5; asked += 1) {
    expect(await second.ask()).toBe('follows');
    expect(await first.ask()).toBe('leads');
  }
});

test('a leader that resigns is followed by another, and may ask again', async () => {
  const [first, second] = [contender(), contender()];
  for (let asked = 0; asked < 3; asked += 1) expect(await first.ask()).toBe('leads');
  expect(await second.ask()).toBe('follows');
  first.resign();
  await leads(second);
  expect(await first.ask()).toBe('follows');
});

test.each([
  ['', ''],
  [', also when the address has options of its own', '?options=-c%20search_path%3Dpublic'],
])('a leader that falls silent loses the lead, and learns it when it asks again%s', async (_also, query) => {
  const paused = contender({ silentMaxMs: 500, connectionString: database.url + query });
  const other = contender();
  expect(await paused.ask()).toBe('leads');
  await leads(other);
  await eventually('it knows', async () => ((await paused.ask()) === 'follows' ? true : undefined), {
    deadlineMs: SOON_MS,
  });
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

test('a process that cannot ask says so once, and after a while leads rather than leave the jobs undone', async () => {
  const log = new MemoryLog();
  const lonely = contender({ connectionString: 'postgres://127.0.0.1:1/nowhere', log });
  expect(await lonely.ask()).toBe('unknown');
  await leads(lonely);
  expect(log.lines).toHaveLength(1);
});

test('who has given up for good no longer stands in the way', async () => {
  const [first, second] = [contender(), contender()];
  const asking = first.ask();
  first.close();
  expect(await asking).not.toBe('leads');
  await leads(second);
});
