// Records a release for the tests of upgrades, in test/releases/VERSION: the schema and some data as this version makes
// them, what its clients were told of the data, and what its migrations are. To be run once, when a version is released:
//   npm run release:record
// Needs PostgreSQL with its tools, as Debian installs it.
import { execFileSync, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';

const require = createRequire(import.meta.url);
const ROOT = join(import.meta.dirname, '..', '..');
const { version } = require(join(ROOT, 'package.json'));
const { findServerUser } = require(join(ROOT, 'dist/src/adapters/postgres/embedded/serverUser.js'));
const { freePort } = require(join(ROOT, 'dist/test/kit/ports.js'));
const { TandemClient } = require(join(ROOT, 'dist/src/client/index.js'));

const DEBIAN = '/usr/lib/postgresql';
const [major] = readdirSync(DEBIAN).toSorted((a, b) => Number(b) - Number(a));
const OUT = join(ROOT, 'test', 'releases', version);
const folder = mkdtempSync(join(tmpdir(), 'tandem-release-'));
const user = findServerUser();
if (user) chownSync(folder, user.uid, user.gid);

function postgres(program, ...args) {
  const options = {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
    stdio: ['ignore', 'pipe', 'inherit'],
  };
  return execFileSync(join(DEBIAN, major, 'bin', program), args, {
    ...options,
    ...(user && { uid: user.uid, gid: user.gid }),
  });
}

const migrationsOf = () =>
  readdirSync(join(ROOT, 'migrations'))
    .filter((name) => /^\d{4}_\w+\.ts$/.test(name))
    .toSorted()
    .map((name) => [
      name.replace('.ts', ''),
      createHash('sha256')
        .update(readFileSync(join(ROOT, 'migrations', name)))
        .digest('hex'),
    ]);

/** The value of an answer that must be one. */
async function told(asked) {
  const answer = await asked;
  if (!answer.ok) throw new Error(JSON.stringify(answer.problem));
  return answer.value;
}

/** A bit of everything: what is final, what waits for its capture, and what is pending when the process is killed. */
async function fill(client) {
  const key = (idempotencyKey) => ({ idempotencyKey });
  for (const id of ['alice', 'bob', 'carol', 'frozen', 'closed']) await told(client.openAccount(id));
  await told(client.openAccount('shop', { overdraftLimit: 500 }));
  for (const id of ['eu-1', 'eu-2']) await told(client.openAccount(id, { currency: 'EUR' }));
  await told(
    client.deposit('alice', 1_000, {
      ...key('deposit-1'),
      note: { description: 'in the beginning', metadata: { n: 1 } },
    }),
  );
  await told(client.deposit('eu-1', 70));
  await told(client.deposit('frozen', 5));
  await told(client.withdraw('alice', 50));
  const rent = await told(
    client.transfer({ origin: 'alice', destination: 'bob', amount: 100, metadata: { invoice: 'R-1' } }, key('rent')),
  );
  await client.transfer({ origin: 'bob', destination: 'alice', amount: 99_999 }, key('too much'));
  const split = [
    { origin: 'alice', destination: 'bob', amount: 7 },
    { origin: 'alice', destination: 'shop', amount: 3 },
  ];
  await told(client.transfer({ postings: split }));
  await told(client.transfer({ origin: 'shop', destination: 'carol', amount: 20 }));
  await told(client.transfer({ origin: 'eu-1', destination: 'eu-2', amount: 30, currency: 'EUR' }));
  await told(client.transfer({ origin: 'bob', destination: 'alice', amount: 30, refunds: rent.id }));
  const manual = (amount) =>
    told(
      client.transfer({
        origin: 'alice',
        destination: 'shop',
        amount,
        capture: 'manual',
        expiresInMs: 31 * 86_400_000,
      }),
    );
  await told(client.captureTransfer((await manual(60)).id, { amount: 25 }));
  await told(client.voidTransfer((await manual(11)).id, 'changed my mind'));
  const open = await manual(40);
  await told(client.changeAccount('frozen', { frozen: 'debits' }));
  await told(client.closeAccount('closed'));
  const elsewhere = {
    postings: [{ origin: 'bob', destination: 'alice', amount: 9 }],
    participants: [{ participant: 'away', branch: 'b', payload: {} }],
    timeoutMs: 600_000,
  };
  const pending = await told(client.transfer(elsewhere, { respondAsync: true }));
  await sleep(500);
  return { rent: rent.id, open: open.id, pending: pending.id };
}

async function everything(client) {
  const { items: accounts } = await told(client.accounts({ limit: 200 }));
  const { items: transfers } = await told(client.transfers({ limit: 200 }));
  const entries = {};
  for (const { id } of accounts) entries[id] = (await told(client.entries(id, { limit: 200 }))).items;
  return {
    accounts,
    transfers: transfers.map(({ attempts: _attempts, updatedAt: _updatedAt, ...transfer }) => transfer),
    entries,
  };
}

const [port, servicePort] = [await freePort(), await freePort()];
const data = join(folder, 'data');
const url = (database) => `postgres://postgres@127.0.0.1:${port}/${database}`;
try {
  postgres('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync');
  postgres(
    'pg_ctl',
    '-D',
    data,
    '-o',
    `-p ${port} -k ${folder} -h 127.0.0.1`,
    '-l',
    join(folder, 'log'),
    '-w',
    'start',
  );
  postgres('createdb', '--maintenance-db', url('postgres'), 'bank');
  const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;
  writeFileSync(
    join(folder, 'participants.json'),
    JSON.stringify({ away: { url: 'http://127.0.0.1:1', secrets: [secret] } }),
  );
  const env = {
    ...process.env,
    DATABASE_URL: url('bank'),
    PORT: String(servicePort),
    PARTICIPANTS_FILE: join(folder, 'participants.json'),
    REDIS_URL: '',
    LOG_LEVEL: 'error',
  };
  const service = spawn(process.execPath, [join(ROOT, 'dist/src/main.js')], { env, stdio: 'inherit' });
  const address = `http://127.0.0.1:${servicePort}`;
  // The demo token of an admin, who may see everything.
  const client = new TandemClient(address, { token: 'admin-token', retry: { attempts: 20, firstMs: 200 } });
  while (!(await client.isReady().catch(() => false))) await sleep(100);
  const ids = await fill(client);
  const expected = { version, ids, ...(await everything(client)) };
  service.kill('SIGKILL');
  await new Promise((done) => service.once('exit', done));
  const dump = postgres(
    'pg_dump',
    '--dbname',
    url('bank'),
    '--schema',
    'public',
    '--no-owner',
    '--no-privileges',
    '--inserts',
  );
  // Commands of psql, comments and empty lines are of no use to a test.
  const sql = dump
    .split('\n')
    .filter((line) => line !== '' && !/^(--|\\)/.test(line))
    .join('\n');
  mkdirSync(OUT, { recursive: true });
  writeFileSync(join(OUT, 'database.sql'), `${sql}\n`);
  writeFileSync(join(OUT, 'expected.json'), `${JSON.stringify(expected, null, 2)}\n`);
  writeFileSync(join(OUT, 'migrations.json'), `${JSON.stringify(Object.fromEntries(migrationsOf()), null, 2)}\n`);
  process.stdout.write(`${version} is recorded in ${OUT}\n`);
} finally {
  postgres('pg_ctl', '-D', data, '-m', 'immediate', 'stop');
  rmSync(folder, { recursive: true, force: true });
}
