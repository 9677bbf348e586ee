import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { env } from 'node:process';
import { Client } from 'pg';
import { type Binaries, findBinaries } from './binaries';
import { expectReachable, findServerUser, type ServerUser } from './serverUser';

const USER = 'tandem';
const DATABASE = 'postgres';

export interface EmbeddedServer {
  readonly connectionString: string;
  /** `adopted`: it was running already, left behind by a process that was killed, or shared with one that runs. */
  readonly found: 'created' | 'started' | 'adopted';
  /** Stops the server cleanly, unless others still use it: `left` says so. */
  stop(): Promise<'stopped' | 'left'>;
}

/**
 * A PostgreSQL server of our own, its data kept in `directory` between starts. It listens on loopback only, on a free
 * port, with a password made at the first start. It runs apart from this process: a killed service leaves it running,
 * and the next start adopts it.
 */
export async function startEmbeddedServer(
  directory: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<EmbeddedServer> {
  const place = placeOf(directory);
  expectReachable(place.user, place.binaries.pgCtl, 'the PostgreSQL programs are there');
  mkdirSync(place.root, { recursive: true });
  give(place.user, place.root);
  expectReachable(place.user, place.root, 'the database would be there');
  const created = !existsSync(join(place.data, 'PG_VERSION'));
  if (created) await createCluster(place);
  const adopted = await isRunning(place);
  if (!adopted) await start(place, settings);
  return {
    connectionString: connectionString(place),
    found: created ? 'created' : adopted ? 'adopted' : 'started',
    stop: async () => {
      if (await usedByOthers(connectionString(place))) return 'left';
      await pgCtl(place, ['stop', '--mode', 'fast', '--wait', '--timeout', '30']);
      return 'stopped';
    },
  };
}

/** Another service that was started in the same folder adopted this server and is working with it. */
async function usedByOthers(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    const { rowCount } = await client.query(
      `select from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
    );
    return (rowCount ?? 0) > 0;
  } finally {
    await client.end();
  }
}

interface Place {
  readonly root: string;
  readonly data: string;
  readonly passwordFile: string;
  readonly binaries: Binaries;
  readonly user: ServerUser | undefined;
}

function placeOf(directory: string): Place {
  const root = resolve(directory);
  return {
    root,
    data: join(root, 'data'),
    passwordFile: join(root, 'password'),
    binaries: findBinaries(),
    user: findServerUser(),
  };
}

/** Made beside its place and moved there whole: a death half way leaves nothing that looks like a database. */
async function createCluster(place: Place): Promise<void> {
  const making = `${place.data}.new`;
  rmSync(making, { recursive: true, force: true });
  const password = randomBytes(24).toString('base64url');
  writeFileSync(place.passwordFile, `${password}\n`, { mode: 0o600 });
  give(place.user, place.passwordFile);
  await exec(place, place.binaries.initdb, [
    `--pgdata=${making}`,
    `--username=${USER}`,
    `--pwfile=${place.passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
  ]);
  renameSync(making, place.data);
}

async function start(place: Place, settings: Readonly<Record<string, string>>): Promise<void> {
  const options = Object.entries({
    listen_addresses: '127.0.0.1',
    port: String(await freePort()),
    unix_socket_directories: '',
    max_connections: '200',
    ...settings,
  }).map(([name, value]) => `-c ${name}=${value === '' ? "''" : value}`);
  const log = join(place.root, 'server.log');
  await pgCtl(place, ['start', '--wait', '--timeout', '60', '--log', log, '--options', options.join(' ')]);
}

async function isRunning(place: Place): Promise<boolean> {
  // Running says only that the process lives: after a crash it may be recovering, and one that was killed together with
  // its service may be about to vanish. It is running when it takes connections.
  for (let waitedMs = 0; waitedMs < 60_000; waitedMs += 100) {
    if ((await pgCtl(place, ['status'], [0, 3, 4])) !== 0) return false;
    if (await takesConnections(place)) return true;
    await new Promise((resolveWait) => setTimeout(resolveWait, 100));
  }
  throw new Error(`The PostgreSQL server in ${place.data} runs but does not become ready; see its server.log`);
}

async function takesConnections(place: Place): Promise<boolean> {
  // Its file is gone, or half written, while it starts or stops.
  if (!existsSync(join(place.data, 'postmaster.pid')) || !/^ready/m.test(pidFile(place)[7] ?? '')) return false;
  const client = new Client({ connectionString: connectionString(place), connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  return client.connect().then(
    () => client.end().then(() => true),
    () => false,
  );
}

/** Its lines, by PostgreSQL's documentation: pid, data directory, start time, port, socket, address, memory, status. */
function pidFile(place: Place): string[] {
  return readFileSync(join(place.data, 'postmaster.pid'), 'utf8').split('\n');
}

function connectionString(place: Place): string {
  const port = pidFile(place)[3]?.trim();
  const password = readFileSync(place.passwordFile, 'utf8').trim();
  return `postgres://${USER}:${encodeURIComponent(password)}@127.0.0.1:${port}/${DATABASE}`;
}

function pgCtl(place: Place, command: readonly string[], accepted: readonly number[] = [0]): Promise<number> {
  return exec(place, place.binaries.pgCtl, [...command, '--pgdata', place.data], accepted);
}

function give(user: ServerUser | undefined, path: string): void {
  if (user) chownSync(path, user.uid, user.gid);
}

function exec(
  { user, root }: Place,
  program: string,
  args: readonly string[],
  accepted: readonly number[] = [0],
): Promise<number> {
  return new Promise((done, failed) => {
    const child = spawn(program, args, {
      cwd: root,
      // pg_ctl's server would hold our output open for as long as it lives.
      stdio: ['ignore', args[0] === 'start' ? 'ignore' : 'pipe', args[0] === 'start' ? 'ignore' : 'pipe'],
      env: { PATH: env['PATH'], LC_ALL: 'C' },
      ...(user && { uid: user.uid, gid: user.gid }),
    });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-4_000);
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('error', failed);
    child.on('close', (code) => {
      if (code !== null && accepted.includes(code)) done(code);
      else
        failed(new Error(`${program} ${args[0] ?? ''} failed (${code}): ${output.trim() || `see ${root}/server.log`}`));
    });
  });
}

/** Free now; if something takes it before the server does, the server's start says so. */
function freePort(): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer();
    probe.on('error', failed);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === 'object' && address) found(address.port);
        else failed(new Error('no free port'));
      });
    });
  });
}
