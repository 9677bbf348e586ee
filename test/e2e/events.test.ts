import { EventReader } from '../http/eventReader';
import { eventually, sleep } from '../kit/wait';
import { eventsOfRecords } from '../support/feedReader';
import { Load } from '../support/load';
import { TestDatabase } from '../support/testDatabase';
import { TestServices } from '../support/testService';

const ACCOUNTS = ['a', 'b', 'c'];

describe('a program that follows the events', () => {
  let database: TestDatabase;
  let services: TestServices;

  beforeAll(async () => {
    database = await TestDatabase.create();
    services = new TestServices({ DATABASE_URL: database.url });
  });

  afterAll(async () => {
    await services.remove();
    await database.drop();
  });

  it('sees every change at least once and none that was not, while the processes are killed under it', async () => {
    const processes = [await services.start(), await services.start()];
    const urls = processes.map(({ baseUrl }) => baseUrl);
    for (const id of ACCOUNTS) {
      await fetch(`${urls[0]}/account/${id}`, { method: 'POST' });
      await fetch(`${urls[0]}/account/${id}/deposit/1000`, { method: 'POST' });
    }
    const readers: EventReader[] = [];
    const stopped = new AbortController();
    const follow = (async () => {
      for (let turn = 0; !stopped.signal.aborted; turn += 1) {
        const lastId = readers.findLast((reader) => reader.lastId !== undefined)?.lastId;
        const headers = lastId === undefined ? {} : { 'last-event-id': lastId };
        const reader = await EventReader.open(`${urls[turn % 2]}/events`, headers).catch(() => undefined);
        if (reader?.status === 200) readers.push(reader);
        else await sleep(50);
        if (stopped.signal.aborted) reader?.close();
        await reader?.untilEnded();
      }
    })();
    const seen = () =>
      new Set(
        readers.flatMap(({ events }) =>
          events.map(({ data }) => `${String(data?.['type'])} ${String(data?.['transferId'] ?? data?.['account'])}`),
        ),
      );
    const load = new Load(urls, ACCOUNTS, 6);
    for (const service of [processes[0], processes[1], processes[0]]) {
      const before = load.succeeded();
      await eventually('transfers go on', () => (load.succeeded() > before + 30 ? true : undefined), {
        deadlineMs: 60_000,
      });
      await service?.kill();
      service?.start();
      await service?.untilReady();
    }
    await load.stop();
    await eventually(
      'every transfer is final',
      async () => {
        const [row] = await database.query(
          `select from transactions where status not in ('committed', 'aborted') limit 1`,
        );
        return row ? undefined : true;
      },
      { deadlineMs: 60_000 },
    );
    const expected = await eventsOfRecords(database);
    await eventually('all is told', () => (seen().size >= expected.length ? true : undefined), { deadlineMs: 60_000 });
    const broken = readers.filter(({ ended }) => ended === 'cut');
    stopped.abort();
    for (const reader of readers) reader.close();
    await follow;
    expect([...seen()].toSorted()).toEqual(expected);
    expect(expected.length).toBeGreaterThan(150);
    expect(broken).not.toEqual([]);
  });
});
