import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from 'pg';
import { processOf } from '../../processName';
import { passwordOf, USER } from './cluster';
import { type Place, pgCtl } from './place';
import { freePort, tryPort } from './port';

const DATABASE = 'postgres';
/** The application name of the connection that tells other processes that this service uses the server. */
export const PRESENCE = 'tandem presence';
const READY_WITHIN_MS = 60_000;

export interface Running {
  /** `adopted`: the server was already running. A killed process left it running, or a running process shares it. */
  readonly found: 'started' | 'adopted';
  readonly port: number;
  readonly address: string;
  /** A connection that stays open while the server is used. It tells processes that want to stop the server. */
  readonly presence: Client;
}

export interface RunOptions {
  readonly settings: Readonly<Record<string, string>>;
  /** The required port. */
  readonly boundPort?: number;
  /** Called when the server does not run and is about to be started. */
  readonly onStart?: () => void;
}

/**
 * Starts the server unless it runs, and marks it as used. It listens on its previous port. If that port is taken, it
 * listens on another one, unless `boundPort` is set. If another process starts or stops the same server at the same
 * moment, this rejects and may be repeated.
 */
export async function run(place: Place, options: RunOptions): Promise<Running> {
  const found = await startUnlessRunning(place, options);
  const address = addressOf(place);
  return { found, port: Number(new URL(address).port), address, presence: await connect(address) };
}

/** Whether the server's process is alive. It may be starting, recovering or stopping. */
export async function isUp(place: Place): Promise<boolean> {
  return (await pgCtl(place, ['status'], [0, 3, 4])) === 0;
}

async function startUnlessRunning(
  place: Place,
  { settings, boundPort, onStart }: RunOptions,
): Promise<Running['found']> {
  if (await isRunning(place)) return 'adopted';
  onStart?.();
  try {
    const port = boundPort === undefined ? await freePort(lastPort(place)) : await tryPort(boundPort);
    await start(place, settings, port);
    return 'started';
  } catch (error) {
    // Either another process started it at the same moment, or this start failed.
    if (await isRunning(place)) return 'adopted';
    throw error;
  }
}

async function start(place: Place, settings: Readonly<Record<string, string>>, port: number): Promise<void> {
  const options = Object.entries({
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    ...settings,
  }).map(([name, value]) => `-c ${name}=${value === '' ? "''" : value}`);
  await pgCtl(place, ['start', '--wait', '--timeout', '60', '--log', place.log, '--options', options.join(' ')]);
}

async function isRunning(place: Place): Promise<boolean> {
  // `isUp` says only that the process is alive. After a crash it may be recovering; a server that was killed together
  // with its service may be about to vanish. It runs once it accepts connections.
  for (let waitedMs = 0; waitedMs < READY_WITHIN_MS; waitedMs += 100) {
    forgetDead(place);
    if (!(await isUp(place))) return false;
    if (await takesConnections(place)) return true;
    await sleep(100);
  }
  throw new Error(`The PostgreSQL server in ${place.data} runs but does not become ready; see ${place.log}`);
}

async function takesConnections(place: Place): Promise<boolean> {
  // The file is missing or incomplete while the server starts or stops.
  if (!existsSync(join(place.data, 'postmaster.pid')) || !/^ready/m.test(pidFile(place)[7] ?? '')) return false;
  const client = await connect(addressOf(place)).catch(() => undefined);
  await client?.end();
  return client !== undefined;
}

/** Longer than any process id: no process ever has it. */
const NO_PID = '99999999';

/**
 * Replaces the pid of a dead server. A server that died with its machine leaves its pid in the file. In a container
 * another program often gets that pid next, or the parent never reaps the dead process. PostgreSQL would treat either
 * as a running server and refuse to start. The rest of the file stays: PostgreSQL uses it to detect sessions of the
 * dead server that are still alive.
 */
function forgetDead(place: Place): void {
  const file = join(place.data, 'postmaster.pid');
  const [pid, ...rest] = existsSync(file) ? pidFile(place) : [];
  const running = processOf(Number(pid));
  if (!running || (!running.ended && /^postgres(\.exe)?$/.test(running.name))) return;
  writeFileSync(file, [NO_PID, ...rest].join('\n'));
}

async function connect(address: string): Promise<Client> {
  const client = new Client({
    connectionString: address,
    application_name: PRESENCE,
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_000,
  });
  // The server may stop while the client is open; its queries then fail by themselves.
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/**
 * The file's lines, by PostgreSQL's documentation: pid, data directory, start time, port, socket, address, memory,
 * status.
 */
function pidFile(place: Place): string[] {
  return readFileSync(join(place.data, 'postmaster.pid'), 'utf8').split('\n');
}

/** The port of the last start, from the command line that PostgreSQL stores. */
function lastPort(place: Place): number | undefined {
  const file = join(place.data, 'postmaster.opts');
  const [, port] = existsSync(file) ? (/"port=(\d+)"/.exec(readFileSync(file, 'utf8')) ?? []) : [];
  return port === undefined ? undefined : Number(port);
}

function addressOf(place: Place): string {
  const port = pidFile(place)[3]?.trim();
  return `postgres://${USER}:${encodeURIComponent(passwordOf(place))}@127.0.0.1:${port}/${DATABASE}`;
}
