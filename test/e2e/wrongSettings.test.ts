import { connect, createServer, type Server, type Socket } from 'node:net';
import { Client } from 'pg';
import { PostgresServer } from '../kit/postgres';
import { eventually } from '../kit/wait';
import { BankClient } from '../support/bankClient';
import { logLines } from '../support/logLines';
import { runToEnd } from '../support/runToEnd';
import { TestServices } from '../support/testService';

const PASSWORD = 'a/b#c?d@e%f:g h';

let server: PostgresServer;
let services: TestServices;

beforeAll(async () => {
  server = await PostgresServer.start();
  await server.query('postgres', `create role keeper login password '${PASSWORD}'`);
  await server.query('postgres', 'create role guest login');
  await server.query('postgres', 'create database bank owner keeper');
  const [place] = await server.query('postgres', 'show hba_file');
  // The harness goes in as ever; the keeper of the bank needs a password.
  const rules = 'host all keeper 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust';
  await server.query(
    'postgres',
    `copy (select unnest(string_to_array('${rules}', E'\\n'))) to '${String(place?.['hba_file'])}'`,
  );
  await server.query('postgres', 'select pg_reload_conf()');
  services = new TestServices({ LOG_LEVEL: 'info' });
});

afterAll(async () => {
  await services.remove();
  await server.remove();
});

const address = (user: string, at: string, database: string): string => `postgres://${user}@${at}/${database}`;
const here = (): string => `127.0.0.1:${server.port}`;
const secret = encodeURIComponent(PASSWORD);

test('a password with every awkward character is taken apart from the address, and in it when it is encoded', async () => {
  for (const env of [
    { DATABASE_URL: address('keeper', here(), 'bank'), DATABASE_PASSWORD: PASSWORD },
    { DATABASE_URL: address(`keeper:${secret}`, here(), 'bank') },
  ]) {
    const service = await services.start(env);
    await new BankClient(service.baseUrl).open(`a${service.settings.port}`, 1);
    await service.kill();
  }
});

test.each([
  [
    'a host that is not there',
    () => address('guest', 'no.such.host.invalid:5432', 'bank'),
    /^DATABASE_URL: there is no host "no\.such/,
  ],
  [
    'a port that nothing listens on',
    () => address('guest', '127.0.0.1:1', 'bank'),
    /^DATABASE_URL: nothing listens at 127\.0\.0\.1:1\./,
  ],
  [
    'an unknown user',
    () => address('nobody', here(), 'bank'),
    /^DATABASE_URL: PostgreSQL at .* does not let user "nobody" in: role "nobody" does not exist/,
  ],
  [
    'a wrong password',
    () => address('keeper:wrong', here(), 'bank'),
    /^DATABASE_URL: PostgreSQL at .* does not take user "keeper" with this password\. Correct/,
  ],
  [
    'no user',
    () => `postgres:///bank?host=127.0.0.1&port=${server.port}`,
    /^DATABASE_URL: it names no user\. Write one before/,
  ],
  ['no password', () => address('keeper', here(), 'bank'), /^DATABASE_URL: .*password/i],
  [
    'an unknown database',
    () => address('guest', here(), 'vault'),
    /^DATABASE_URL: there is no database "vault" at .*createdb/,
  ],
  [
    'a user who may not make tables',
    () => address('guest', here(), 'bank'),
    /^DATABASE_URL: user "guest" may not make tables in database "bank".*grant create/,
  ],
])('%s in DATABASE_URL is said in one sentence', async (_what, url, sentence) => {
  const { code, last, output } = await runToEnd({ DATABASE_URL: url() });
  expect(last).toMatch(sentence);
  expect(code).toBe(1);
  expect(output).not.toMatch(/wrong|\bat .*:\d+:\d+/);
});

test.each([
  [{ PORT: 'abc' }, 'PORT: must be a whole number from 0 to 65535'],
  [{ ROLE: 'boss' }, 'ROLE: must be one of all, api, worker'],
  [{ PORT: '0x10' }, 'PORT: must be a whole number from 0 to 65535'],
  [{ PORT: ' ' }, 'PORT: must be a whole number from 0 to 65535'],
  [{ SWEEP_EVERY_MS: '1e3' }, 'SWEEP_EVERY_MS: must be a whole number from 100 to 60000'],
  [{ DRIVE: 'horses' }, 'DRIVE: must be one of jobs, process'],
  [{ ALLOWED_ORIGINS: 'app.example' }, 'ALLOWED_ORIGINS: must be origins, such as https://app.example'],
  [
    { DATABASE_URL: '', DATA_DIR: __filename },
    /^DATA_DIR: the database cannot be kept in .*\. Set DATA_DIR to another folder/,
  ],
  [
    { DATABASE_URL: '', DATA_DIR: '/proc/tandem' },
    process.platform === 'linux'
      ? /^DATA_DIR: the database cannot be kept in \/proc\/tandem\/postgres: ENOENT.*\. Set DATA_DIR to another folder/
      : /DATA_DIR/,
  ],
  [
    { DATABASE_URL: 'postgres://u:a/b@host/bank' },
    /^DATABASE_URL: must be a postgres:\/\/ address such as .* goes to DATABASE_PASSWORD$/,
  ],
  [{ DATABASE_URL: '', DATABASE_PASSWORD: 'secret' }, /^DATABASE_PASSWORD: is given without DATABASE_URL/],
  [
    { DATABASE_URL: 'postgres://u:p@host/bank', DATABASE_PASSWORD: 'secret' },
    /^DATABASE_PASSWORD: is given, and DATABASE_URL has/,
  ],
  [
    { HOST: '203.0.113.1', AUTH_TOKENS: 'long-enough=backend:service' },
    /^HOST: 203\.0\.113\.1 is no address of this machine/,
  ],
])('%j is refused in one sentence that names the variable', async (env, sentence) => {
  const { code, last } = await runToEnd({ DATABASE_URL: address('guest', here(), 'bank'), ...env });
  if (typeof sentence === 'string') expect(last).toBe(sentence);
  else expect(last).toMatch(sentence);
  expect(code).not.toBe(0);
});

test('a Redis that is not there is said in one sentence', async () => {
  const url = address(`keeper:${secret}`, here(), 'bank');
  const { code, last } = await runToEnd({ DATABASE_URL: url, REDIS_URL: 'redis://127.0.0.1:1' });
  expect(last).toMatch(
    /^REDIS_URL: Redis cannot be reached: .*ECONNREFUSED.*\. Start Redis there, or correct the address\.$/,
  );
  expect(code).toBe(1);
});

test('a variable that is nearly one of ours is warned of, and the start goes on', async () => {
  const url = address(`keeper:${secret}`, here(), 'bank');
  const service = await services.start({ DATABASE_URL: url, TRANSFER_TIMEOUT: '5', HTTP_PORT: '1', REDIS_HOST: 'x' });
  const warned = logLines(services.logOf(service)).filter(({ msg }) => msg.includes('is not read'));
  expect(warned.map(({ msg }) => msg)).toEqual([
    'TRANSFER_TIMEOUT is not read. If TRANSFER_TIMEOUT_MS was meant, set that',
  ]);
  await service.kill();
});

test('a port that is taken is said at once, before anything is started', async () => {
  const taken = await listenOn(0);
  const env = { DATABASE_URL: address('guest', here(), 'no_database_yet'), PORT: String(taken.port) };
  const service = await services.launch(env);
  const said = () => logLines(services.logOf(service)).map(({ msg }) => msg);
  const line = await eventually('the port is talked of', () => said().find((msg) => msg.includes('port')), {
    deadlineMs: 60_000,
  });
  expect(line).toMatch(
    /^port \d+ on 127\.0\.0\.1 is taken by another program; waiting 8 s for it\. Stop that program, or set PORT/,
  );
  await taken.close();
  // It went on as soon as the port was free.
  await eventually('the database is asked for', () => said().find((msg) => msg.includes('no_database_yet')), {
    deadlineMs: 60_000,
  });
});

test('a PostgreSQL that is too old is refused', async () => {
  // A real server, whose answer to the question of its version is replaced on the way: both have six digits.
  const [version] = await server.query('postgres', 'show server_version_num');
  const old = await listenOn(0, (socket) => {
    const upstream = connect(server.port, '127.0.0.1');
    socket.pipe(upstream);
    upstream.on('data', (chunk: Buffer) => {
      const text = chunk.toString('latin1').replaceAll(String(version?.['server_version_num']), '130022');
      socket.write(Buffer.from(text, 'latin1'));
    });
    for (const [one, other] of [
      [socket, upstream],
      [upstream, socket],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  const { code, last } = await runToEnd({ DATABASE_URL: address('postgres', `127.0.0.1:${old.port}`, 'bank') });
  expect(last).toBe('DATABASE_URL: PostgreSQL 13 is too old; it must be PostgreSQL 14 or newer.');
  expect(code).toBe(1);
  await old.close();
});

test('a read-only PostgreSQL is refused', async () => {
  const url = `${address(`keeper:${secret}`, here(), 'bank')}?options=-c%20default_transaction_read_only%3Don`;
  expect((await runToEnd({ DATABASE_URL: url })).last).toMatch(/^DATABASE_URL: this PostgreSQL is read-only/);
});

test('a process that starts while PostgreSQL has no free connection says so, waits for one, and then is ready', async () => {
  await server.query('postgres', 'create database crowded owner guest');
  await server.query('postgres', 'alter role guest connection limit 30');
  const url = address('guest', here(), 'crowded');
  const held = Array.from({ length: 30 }, () => new Client({ connectionString: url }));
  for (const client of held) await client.connect();
  const service = await services.launch({ DATABASE_URL: url });
  const untilSaid = (text: string) =>
    eventually(
      `"${text}" is said`,
      () => (logLines(services.logOf(service)).some(({ msg }) => msg.includes(text)) ? true : undefined),
      { deadlineMs: 60_000 },
    );
  await untilSaid('PostgreSQL has no free connection; waiting for one');
  // One is enough to look, and not to work.
  await held.pop()?.end();
  await untilSaid('PostgreSQL takes connections again');
  for (const client of held) await client.end();
  await untilSaid('is ready at');
  expect(service.running).toBe(true);
  await service.kill();
});

async function listenOn(port: number, accept: (socket: Socket) => void = () => undefined) {
  const listener: Server = createServer(accept);
  await new Promise<void>((done) => listener.listen(port, '127.0.0.1', done));
  const bound = listener.address();
  if (bound === null || typeof bound === 'string') throw new Error('a TCP server without a port');
  return { port: bound.port, close: () => new Promise<void>((done) => listener.close(() => done())) };
}
