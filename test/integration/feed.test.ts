import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { dropForeignFeed } from '../../src/adapters/postgres/foreignFeed';
import { prune } from '../../src/adapters/postgres/reads/retention';
import { eventsOfRecords, FeedReader, nameOf } from '../support/feedReader';
import { RealEngine } from '../support/realEngine';
import { TestDatabase } from '../support/testDatabase';
import { transactionId } from '../support/transactionId';

/** What the statement that appends does to the feed, by a session that can be told when to commit. */
const WRITE = `insert into feed (at, kinds, subjects) values (clock_timestamp(), array['account.opened'], array[$1])`;

describe('the feed', () => {
  let database: TestDatabase;
  let reader: FeedReader;
  const sessions: Client[] = [];

  beforeEach(async () => {
    database = await TestDatabase.create();
    reader = new FeedReader(database);
  });

  afterEach(async () => {
    await Promise.all(sessions.splice(0).map((session) => session.end()));
    await reader.close();
    await database.drop();
  });

  async function session(url = database.url): Promise<Client> {
    const client = new Client({ connectionString: url, application_name: 'test' });
    await client.connect();
    sessions.push(client);
    return client;
  }

  async function begun(name: string): Promise<Client> {
    const writer = await session();
    await writer.query('begin');
    await writer.query(WRITE, [name]);
    return writer;
  }

  it('does not tell what is committed before what it comes after', async () => {
    const early = await begun('early');
    await database.query(WRITE, ['late']);
    const later = await begun('later');
    expect(await reader.read()).toEqual([]);
    await early.query('commit');
    expect(await reader.read()).toEqual(['account.opened early', 'account.opened late']);
    await database.query(WRITE, ['last']);
    expect(await reader.read()).toEqual([]);
    await later.query('rollback');
    expect(await reader.read()).toEqual(['account.opened last']);
  });

  it('goes on past a session that has written elsewhere and stays open', async () => {
    const operator = await session();
    await operator.query('begin');
    await operator.query('create table notes (text text)');
    await operator.query('select count(*) from feed');
    const elsewhere = await TestDatabase.createEmpty();
    const stranger = await session(elsewhere.url);
    await stranger.query('begin');
    await stranger.query('create table feed (position xid8)');
    await stranger.query('insert into feed default values');
    await database.query(WRITE, ['news']);
    expect(await reader.read()).toEqual(['account.opened news']);
    const oldest = await database.query<{ behind: boolean }>(
      'select bool_and(position > pg_snapshot_xmin(pg_current_snapshot())) as behind from feed',
    );
    expect(oldest).toEqual([{ behind: true }]);
    await Promise.all([operator.end(), stranger.end()]);
    await elsewhere.drop();
  });

  it('skips nothing that many sessions commit out of order, and tells nothing twice', async () => {
    const expected: string[] = [];
    const written = new AbortController();
    const writers = Array.from({ length: 8 }, async (_, w) => {
      const writer = await session();
      for (let n = 0; n < 40; n += 1) {
        const isKept = (w + n) % 7 !== 0;
        await writer.query('begin');
        await writer.query(WRITE, [`w${w}.${n}`]);
        await sleep((w * 7 + n * 3) % 11);
        await writer.query(isKept ? 'commit' : 'rollback');
        if (isKept) expected.push(`account.opened w${w}.${n}`);
      }
    });
    const reading = (async () => {
      while (!written.signal.aborted) await reader.read(7);
    })();
    await Promise.all(writers);
    written.abort();
    await reading;
    await reader.read(7);
    expect(reader.seen.map(nameOf).toSorted()).toEqual(expected.toSorted());
    const positions = reader.seen.map(({ cursor }) => cursor.position);
    expect(positions).toEqual(positions.toSorted((a, b) => (a < b ? -1 : 1)));
    expect(expected.length).toBeGreaterThan(200);
  });

  it('tells each change of each transfer of two processes exactly as its history says', async () => {
    const engines = [
      RealEngine.on(database, undefined, { DRIVE: 'process' }),
      RealEngine.on(database, undefined, { DRIVE: 'process' }),
    ];
    const accounts = ['a', 'b', 'c', 'd'];
    for (const id of accounts) await engines[0]?.open(id, 60n);
    const written = new AbortController();
    const reading = (async () => {
      while (!written.signal.aborted) await reader.read(50);
    })();
    await Promise.all(
      engines.flatMap((engine, e) => Array.from({ length: 6 }, (_, w) => transfers(engine, accounts, e * 6 + w))),
    );
    written.abort();
    await reading;
    await reader.read();
    const expected = await eventsOfRecords(database);
    expect(reader.seen.map(nameOf).toSorted()).toEqual(expected);
    expect(expected.filter((event) => event.startsWith('transfer.aborted')).length).toBeGreaterThan(0);
    expect(expected.filter((event) => event.startsWith('transfer.committed')).length).toBeGreaterThan(50);
    // Versions grow with each change of one transfer.
    const versions = new Map<string, number>();
    for (const event of reader.seen) {
      if ('account' in event) continue;
      expect(event.version).toBeGreaterThan(versions.get(event.id) ?? 0);
      versions.set(event.id, event.version);
    }
    await Promise.all(engines.map((engine) => engine.close()));
  });

  it('refuses to go on where rows were pruned, and keeps the place of one who has read everything', async () => {
    for (const name of ['one', 'two', 'three', 'four']) await database.query(WRITE, [name]);
    await database.query(`update feed set at = at - interval '1 year'`);
    const first = await reader.feed.read(reader.cursor, 1);
    await reader.read();
    const year = 360 * 86_400_000;
    expect(await prune(reader.pool, year, 2)).toMatchObject({ changes: 3 });
    expect(await prune(reader.pool, year, 2)).toMatchObject({ changes: 0 });
    expect(first && (await reader.feed.read(first.next, 10))).toBeUndefined();
    expect(await reader.read()).toEqual([]);
    await database.query(WRITE, ['five']);
    expect(await reader.read()).toEqual(['account.opened five']);
    const fresh = new FeedReader(database);
    expect(await fresh.read()).toEqual(['account.opened four', 'account.opened five']);
    await fresh.close();
  });

  it('refuses to go on from a row that is another one since a backup was restored', async () => {
    await database.query(WRITE, ['one']);
    await database.query(WRITE, ['two']);
    await reader.read();
    // What a server does that was set back: it gives the id of "two" out again.
    await database.query(
      `update feed set at = at + interval '1 second', subjects = array['other'] where subjects = array['two']`,
    );
    await expect(reader.read()).rejects.toThrow('expired');
  });

  it('is taken away when another server wrote it, and not otherwise', async () => {
    await database.query(WRITE, ['own']);
    expect(await dropForeignFeed(database.url)).toBe(false);
    expect(await reader.read()).toEqual(['account.opened own']);
    await database.query(
      `insert into feed (position, at, kinds, subjects) values ('99999999999', now(), array['account.opened'], array['foreign'])`,
    );
    expect(await dropForeignFeed(database.url)).toBe(true);
    await expect(reader.read()).rejects.toThrow('expired');
    await database.query(WRITE, ['again']);
    const fresh = new FeedReader(database);
    expect(await fresh.read()).toEqual(['account.opened again']);
    await fresh.close();
  });
});

async function transfers(engine: RealEngine, accounts: readonly string[], w: number): Promise<void> {
  const { coordinator } = engine.engine;
  for (let n = 0; n < 25; n += 1) {
    const [origin = '', destination = ''] = [accounts[(w + n) % 4], accounts[(w + n + 1 + (n % 3)) % 4]];
    const query = { postings: [{ origin, destination, amount: BigInt(1 + ((w * n) % 40)) }] };
    const terms = { askedFirst: 1, timeoutMs: 20_000 };
    // Every fifth waits for its capture, which never comes.
    const creation = await coordinator.create(
      transactionId(),
      n % 5 === 4 ? { ...query, capture: 'manual' } : query,
      [origin, destination],
      n % 5 === 4 ? { ...terms, expiresInMs: 60_000 } : terms,
    );
    if (creation.kind === 'key-reused') throw new Error('there was no key');
    await creation.transaction.pollForFinalStatus({ timeoutMs: 20_000 });
  }
}
