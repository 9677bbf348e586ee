import { createServer, type Server } from 'node:http';
import { Redis } from 'ioredis';
import { WebhookSecrets } from '../../src/adapters/webhooks/secrets';
import { PostgresServer } from '../kit/postgres';
import { RedisServer } from '../kit/redis';
import { listening } from '../participants/participantServer';
import { TestDatabase } from '../support/testDatabase';
import { type Ended, tandem } from './command';

const TOKEN = 'b5f0e2a7c9d84416b5f0e2a7c9d84416';

/** The level of the line with these words, and what it says to do about it. */
function found({ printed }: Ended, words: string): readonly [string, string | undefined] {
  const lines = printed.split('\n');
  const at = lines.findIndex((line) => line.includes(words));
  if (at < 0) throw new Error(`no finding says "${words}" in:\n${printed}`);
  const next = lines[at + 1]?.trim();
  return [lines[at]?.split(' ')[0] ?? '', next?.startsWith('>') ? next.slice(2) : undefined];
}

describe('tandem doctor', () => {
  let server: PostgresServer;
  let database: TestDatabase;

  beforeAll(async () => {
    server = await PostgresServer.start();
    database = await TestDatabase.createOn(server);
  });

  afterAll(() => server.remove());

  const doctor = (env: Readonly<Record<string, string>> = {}) =>
    tandem(['doctor'], { DATABASE_URL: database.url, REDIS_URL: '', AUTH_TOKENS: `${TOKEN}=ann:service`, ...env });

  /** Changes a setting of the server for as long as something takes. */
  async function withSetting(name: string, value: string, task: () => Promise<void>): Promise<void> {
    await server.query('postgres', `alter system set ${name} = ${value}`);
    await server.query('postgres', 'select pg_reload_conf()');
    await task();
    await server.query('postgres', `alter system reset ${name}`);
    await server.query('postgres', 'select pg_reload_conf()');
  }

  it('finds a stock PostgreSQL well, before and after its first migration, and changes nothing', async () => {
    const before = await doctor();
    expect(before.code).toBe(0);
    expect(found(before, 'the schema lacks 0001_journal')[0]).toBe('advice');
    expect(await database.query(`select from pg_tables where schemaname = 'public'`)).toEqual([]);
    await tandem(['migrate'], { DATABASE_URL: database.url });
    const after = await doctor();
    expect(found(after, 'the schema is up to date')).toEqual(['ok', undefined]);
    expect(found(after, 'what is committed is on disk')[0]).toBe('ok');
    expect(found(after, 'room for')[0]).toBe('ok');
    expect(found(after, 'PostgreSQL is ')[0]).toBe('ok');
    expect(found(after, '1 tokens, each long enough')[0]).toBe('ok');
    expect(after).toMatchObject({ code: 0, complained: '' });
  });

  it.each([
    ['fsync', 'off', 'alter system set fsync = on'],
    ['full_page_writes', 'off', 'alter system set full_page_writes = on'],
    ['synchronous_commit', 'off', 'alter system set synchronous_commit = on'],
  ])('finds it wrong that %s is %s, and says how to set it', async (name, value, todo) => {
    await withSetting(name, value, async () => {
      const ended = await doctor();
      expect(ended.code).toBe(1);
      const [level, says] = found(ended, `${name} is off`);
      expect([level, says]).toEqual(['wrong', expect.stringContaining(todo)]);
    });
  });

  it('warns of an isolation that only costs, and of vacuum that is off', async () => {
    await withSetting('default_transaction_isolation', `'serializable'`, async () => {
      expect(found(await doctor(), 'default_transaction_isolation is serializable')[0]).toBe('advice');
    });
    await withSetting('autovacuum', 'off', async () => {
      expect(found(await doctor(), 'autovacuum is off')[0]).toBe('advice');
    });
  });

  it('compares the pools with the connections that there are', async () => {
    const many = await doctor({ DATABASE_CONNECTIONS_MAX: '400' });
    expect([many.code, found(many, 'a process opens up to 425')[0]]).toEqual([1, 'wrong']);
    const one = await doctor({ DATABASE_CONNECTIONS_MAX: '200' });
    expect([one.code, found(one, 'room for one process')[0]]).toEqual([0, 'advice']);
  });

  it('says which webhooks have a secret of a key that is not known, or of none', async () => {
    const key = Buffer.alloc(32, 1).toString('base64');
    const makeWith = (keys: readonly string[]) => {
      const { nonce, keyId } = new WebhookSecrets(keys).make();
      const values = `'\\x${nonce.toString('hex')}', '${keyId}', gen_random_uuid()`;
      return database.query(`insert into webhook_secrets (nonce, key_id, webhook_id) values (${values})`);
    };
    await makeWith([key]);
    expect(found(await doctor({ WEBHOOK_KEYS: key }), 'the secrets of webhooks need a key')[0]).toBe('ok');
    const without = await doctor();
    expect([without.code, found(without, '1 webhooks have a secret that was made with a key')[0]]).toEqual([
      1,
      'wrong',
    ]);
    await makeWith([]);
    expect(found(await doctor({ WEBHOOK_KEYS: key }), '1 webhooks have a secret that a reader')[0]).toBe('advice');
    await database.query('delete from webhook_secrets');
  });

  it('says what a user may not do', async () => {
    await database.query('create role guest login');
    await database.query('grant select on tandem_migrations to guest');
    const guest = await doctor({ DATABASE_URL: database.url.replace('postgres@', 'guest@') });
    expect(found(guest, 'may not make tables')).toEqual([
      'advice',
      expect.stringContaining('grant create on schema public'),
    ]);
  });

  it('refuses the schema of a program that it does not know', async () => {
    await database.query(`insert into tandem_migrations (name, batch) values ('9999_future', 9)`);
    const ended = await doctor();
    expect([ended.code, found(ended, 'newer than this program')[0]]).toEqual([1, 'wrong']);
    await database.query(`delete from tandem_migrations where name = '9999_future'`);
  });

  it('says where nothing listens, and never a password', async () => {
    const ended = await doctor({ DATABASE_URL: 'postgres://x:hunter2@127.0.0.1:1/none' });
    expect([ended.code, found(ended, 'nothing listens at 127.0.0.1:1')[0]]).toEqual([1, 'wrong']);
    expect(ended.printed + ended.complained).not.toContain('hunter2');
  });

  it('judges the policy of Redis', async () => {
    const redis = await RedisServer.start();
    const well = await doctor({ REDIS_URL: redis.url });
    expect(found(well, 'maxmemory-policy is noeviction')[0]).toBe('ok');
    expect(found(well, 'Redis is ')[0]).toBe('ok');
    expect(found(well, 'a process opens up to 19 connections')[0]).toBe('ok');
    const client = new Redis(redis.port, '127.0.0.1');
    await client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    client.disconnect();
    const ended = await doctor({ REDIS_URL: redis.url });
    expect(ended.code).toBe(1);
    expect(found(ended, 'maxmemory-policy is allkeys-lru')).toEqual([
      'wrong',
      expect.stringContaining('config set maxmemory-policy noeviction'),
    ]);
    await redis.kill();
    const gone = await doctor({ REDIS_URL: redis.url });
    expect([gone.code, found(gone, 'Redis at REDIS_URL cannot be worked with')[0]]).toEqual([1, 'wrong']);
  });

  it('judges who may call, and repeats no token', async () => {
    const open = await doctor({ AUTH_TOKENS: '' });
    expect([open.code, found(open, 'there is no authentication')[0]]).toEqual([0, 'advice']);
    const reached = await doctor({ AUTH_TOKENS: '', HOST: '0.0.0.0' });
    expect([reached.code, found(reached, 'HOST: 0.0.0.0 can be reached by others')[0]]).toEqual([1, 'wrong']);
    const short = await doctor({ AUTH_TOKENS: `hunter22=bob,${TOKEN}=ann` });
    expect([short.code, found(short, '1 of 2 tokens are shorter')[0]]).toEqual([0, 'advice']);
    const odd = await doctor({ AUTH_TOKENS: 'hunter22=bob:king' });
    expect([odd.code, found(odd, 'AUTH_TOKENS: entry 1')[0]]).toEqual([1, 'wrong']);
    for (const { printed, complained } of [short, odd]) expect(printed + complained).not.toContain('hunter22');
  });

  it('asks for the keys of JSON Web Tokens', async () => {
    const keys: Server = createServer((_, response) => response.end('{"keys":[{"kty":"EC"}]}'));
    const address = await listening(keys);
    const jwt = { AUTH_JWKS_URL: address, AUTH_JWT_ISSUER: 'i', AUTH_JWT_AUDIENCE: 'a' };
    expect(found(await doctor(jwt), 'AUTH_JWKS_URL serves 1 keys')[0]).toBe('ok');
    keys.closeAllConnections();
    await new Promise((done) => keys.close(done));
    const ended = await doctor(jwt);
    expect([ended.code, found(ended, 'the keys at AUTH_JWKS_URL cannot be had')[0]]).toEqual([1, 'wrong']);
  });

  it('says which variable is not usable, and which is not read', async () => {
    const bad = await doctor({ PORT: 'x' });
    expect([bad.code, found(bad, 'PORT: must be a whole number')[0]]).toEqual([1, 'wrong']);
    const typo = await doctor({ TRANSFER_TIMEOUT: '5' });
    expect([typo.code, found(typo, 'TRANSFER_TIMEOUT is not read')[0]]).toEqual([0, 'advice']);
  });
});
