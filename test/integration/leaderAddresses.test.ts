import { Pool } from 'pg';
import { LeaderAddresses } from '../../src/adapters/postgres/leaderAddresses';
import { TestDatabase } from '../support/testDatabase';

const LEADER = { id: '0192d3a4-0000-7000-8000-000000000001', host: 'worker-1', port: 3001 };
const NEXT = { ...LEADER, id: '0192d3a4-0000-7000-8000-000000000002' };

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await TestDatabase.create();
  pool = new Pool({ connectionString: database.url, max: 1 });
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

test('the process that told last is found, by those that share its queue', async () => {
  const addresses = new LeaderAddresses(pool, 'redis');
  await expect(addresses.find()).resolves.toBeUndefined();
  await addresses.publish(LEADER);
  await expect(addresses.find()).resolves.toEqual(LEADER);
  await addresses.publish(NEXT);
  await expect(addresses.find()).resolves.toEqual(NEXT);
  await expect(new LeaderAddresses(pool, 'postgres').find()).resolves.toBeUndefined();
});

test('what is told again is not written again', async () => {
  const addresses = new LeaderAddresses(pool, 'again');
  const version = () => database.query(`select xmin::text as version from leaders where queue = 'again'`);
  await addresses.publish(LEADER);
  const before = await version();
  await addresses.publish(LEADER);
  await expect(version()).resolves.toEqual(before);
});

test('a session with another time zone reads the same', async () => {
  await new LeaderAddresses(pool, 'zone').publish(LEADER);
  const other = new Pool({ connectionString: database.url, max: 1, options: '-c TimeZone=Asia/Kolkata' });
  await expect(new LeaderAddresses(other, 'zone').find()).resolves.toEqual(LEADER);
  await other.end();
});

test('a copy of the database does not lead to the process that leads on the original', async () => {
  await new LeaderAddresses(pool, 'copied').publish(LEADER);
  await pool.end();
  const copy = await database.copied();
  const there = new Pool({ connectionString: copy.url, max: 1 });
  const { rowCount } = await there.query(`select from leaders where queue = 'copied'`);
  expect(rowCount).toBe(1);
  await expect(new LeaderAddresses(there, 'copied').find()).resolves.toBeUndefined();
  await there.end();
  await copy.drop();
  pool = new Pool({ connectionString: database.url, max: 1 });
  await expect(new LeaderAddresses(pool, 'copied').find()).resolves.toEqual(LEADER);
});
