import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { processOf } from '../../processName';
import { ensureCluster, passwordOf, USER } from './cluster';
import { give, type Place, pgCtl, placeOf } from './place';
import { expectReachable } from './serverUser';

const DATABASE = 'postgres';
/** The application name of the connection by which a service tells others that it uses the server. */
const PRESENCE = 'tandem presence';
const READY_WITHIN_MS = 60_000;
const TRIES_MAX = 4;

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
 * and the next start adopts it. Several may start it at once; they share it.
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
  const created = await ensureCluster(place);
  const { found, address, presence } = await ensureRunning(place, settings);
  return {
    connectionString: address,
    found: created ? 'created' : found,
    stop: async () => {
      // One that cannot be asked is left too: the next start adopts it, or starts it.
      const others = await usedByOthers(presence).catch(() => true);
      await presence.end();
      if (others) return 'left';
      await pgCtl(place, ['stop', '--mode', 'fast', '--wait', '--timeout', '30']);
      return 'stopped';
    },
  };
}

interface Running {
  readonly found: 'started' | 'adopted';
  readonly address: string;
  /** A connection that is held for as long as the server is used: it tells others who want to stop it. */
  readonly presence: Client;
}

/** Somebody else may start or stop the same server in the same moment: what was found is good once it is held. */
async function ensureRunning(place: Place, settings: Readonly<Record<string, string>>): Promise<Running> {
  for (let tries = 1; ; tries += 1) {
    try {
      const found = await startUnlessRunning(place, settings);
      const address = connectionString(place);
      return { found, address, presence: await connect(address) };
    } catch (error) {
      if (tries >= TRIES_MAX) throw error;
      await sleep(200 * tries);
    }
  }
}

async function startUnlessRunning(place: Place, settings: Readonly<Record<string, string>>): Promise<Running['found']> {
  forgetReusedPid(place);
  if (await isRunning(place)) return 'adopted';
  try {
    await start(place, settings);
    return 'started';
  } catch (error) {
    // Somebody else started it in the same moment, or this start failed.
    if (await isRunning(place)) return 'adopted';
    throw error;
  }
}

async function start(place: Place, settings: Readonly<Record<string, string>>): Promise<void> {
  const options = Object.entries({
    listen_addresses: '127.0.0.1',
    port: String(await freePort()),
    unix_socket_directories: '',
    max_connections: '200',
    ...settings,
  }).map(([name, value]) => `-c ${name}=${value === '' ? "''" : value}`);
  await pgCtl(place, ['start', '--wait', '--timeout', '60', '--log', place.log, '--options', options.join(' ')]);
}

async function isRunning(place: Place): Promise<boolean> {
  // Running says only that the process lives: after a crash it may be recovering, and one that was killed together with
  // its service may be about to vanish. It is running when it takes connections.
  for (let waitedMs = 0; waitedMs < READY_WITHIN_MS; waitedMs += 100) {
    if ((await pgCtl(place, ['status'], [0, 3, 4])) !== 0) return false;
    if (await takesConnections(place)) return true;
    await sleep(100);
  }
  throw new Error(`The PostgreSQL server in ${place.data} runs but does not become ready; see ${place.log}`);
}

async function takesConnections(place: Place): Promise<boolean> {
  // Its file is gone, or half written, while it starts or stops.
  if (!existsSync(join(place.data, 'postmaster.pid')) || !/^ready/m.test(pidFile(place)[7] ?? '')) return false;
  const client = await connect(connectionString(place)).catch(() => undefined);
  await client?.end();
  return client !== undefined;
}

/**
 * A server that died with its machine leaves its pid behind, and in a container the next process with that pid is likely
 * to be another program. PostgreSQL would take that for itself and refuse to start.
 */
function forgetReusedPid(place: Place): void {
  const file = join(place.data, 'postmaster.pid');
  if (!existsSync(file)) return;
  const running = processOf(Number(pidFile(place)[0]));
  if (running && running.name !== 'postgres' && running.name !== 'postgres.exe') rmSync(file, { force: true });
}

/** Another service that was started in the same folder adopted this server and is working with it. */
async function usedByOthers(presence: Client): Promise<boolean> {
  // Only what is held on purpose counts: this service's own connections were closed a moment ago and may still show.
  const { rowCount } = await presence.query(
    'select from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()',
    [PRESENCE],
  );
  return (rowCount ?? 0) > 0;
}

async function connect(address: string): Promise<Client> {
  const client = new Client({
    connectionString: address,
    application_name: PRESENCE,
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_000,
  });
  // The server may go away under it; what was asked of it then fails by itself.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Its lines, by PostgreSQL's documentation: pid, data directory, start time, port, socket, address, memory, status. */
function pidFile(place: Place): string[] {
  return readFileSync(join(place.data, 'postmaster.pid'), 'utf8').split('\n');
}

function connectionString(place: Place): string {
  const port = pidFile(place)[3]?.trim();
  return `postgres://${USER}:${encodeURIComponent(passwordOf(place))}@127.0.0.1:${port}/${DATABASE}`;
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
