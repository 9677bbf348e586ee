import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import type { ServiceProcess } from '../kit/serviceProcess';
import { eventually } from '../kit/wait';
import { BankClient } from '../support/bankClient';
import { type LoggedLine, logLines } from '../support/logLines';
import { TestServices } from '../support/testService';

let directory: string;
let services: TestServices;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tandem-restart-'));
  // Started as root, the server runs as another user, which has to enter the folder.
  chmodSync(directory, 0o755);
  services = new TestServices({ DATA_DIR: directory, LOG_LEVEL: 'info' });
});

afterAll(async () => {
  await services.remove();
  rmSync(directory, { recursive: true, force: true });
});

const pidFile = (): string => join(directory, 'postgres', 'data', 'postmaster.pid');
const serverPid = (): number => Number(readFileSync(pidFile(), 'utf8').split('\n')[0]);

const ofServer = (service: ServiceProcess): readonly LoggedLine[] =>
  logLines(services.logOf(service)).filter(({ msg }) => msg.includes('embedded PostgreSQL'));

/** A process says why the server cannot be started after the third pause between its attempts. */
const TOLD_WHY_AFTER_MS = 1_400;

/** Connects as the services do. The password of a server is in its folder. */
async function askServer(text: string): Promise<number | null> {
  const port = Number(readFileSync(pidFile(), 'utf8').split('\n')[3]);
  const password = readFileSync(join(directory, 'postgres', 'data', 'tandem-password'), 'utf8').trim();
  const client = new Client({ host: '127.0.0.1', port, user: 'tandem', password, database: 'postgres' });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query(text)).rowCount;
  } finally {
    await client.end();
  }
}

/** Each process keeps one connection that marks the server as used. A process that looks for the server opens another one for a moment. */
const KEPT = `select from pg_stat_activity
  where application_name = 'tandem presence' and backend_start < clock_timestamp() - interval '1 second'`;

test('an embedded server that is killed is started again by itself, for each process that uses it, with a line for each change', async () => {
  const first = await services.start();
  const second = await services.start();
  const bank = new BankClient(first.baseUrl);
  await bank.open('alice', 100);
  await bank.open('bob');
  for (let round = 1; round <= 2; round += 1) {
    const killed = serverPid();
    process.kill(killed, 'SIGKILL');
    for (const { baseUrl } of [first, second]) {
      const transfer = async () =>
        (await new BankClient(baseUrl).post('/account/alice/transfer/to/bob/1', { key: `${baseUrl} ${round}` })).status;
      await eventually('a transfer goes through', async () => ((await transfer()) === 200 ? true : undefined), {
        deadlineMs: 60_000,
      });
    }
    expect(serverPid()).not.toBe(killed);
    // A transfer goes through as soon as the server runs, which may be before each process has found its server again.
    await eventually('both processes use the server again', async () => (await askServer(KEPT)) === 2 || undefined, {
      deadlineMs: 60_000,
    });
  }
  expect(await bank.balance('bob')).toEqual({ balance: 4, held: 0 });
  // Whichever process was first started it again; the other one uses it.
  const said = (text: string): readonly LoggedLine[] =>
    [...ofServer(first), ...ofServer(second)].filter(({ msg }) => msg.includes(text));
  const gone = said('is gone; starting it again').length;
  expect(gone).toBeGreaterThanOrEqual(2);
  const areBack = () => said('runs again').length >= gone || undefined;
  await eventually('each process that missed the server says that it is back', areBack, { deadlineMs: 30_000 });
  expect(said('runs again')).toHaveLength(gone);
  // Only a machine that is busy takes so long.
  const tookLong = said('runs again').some(({ awayMs }) => Number(awayMs) >= TOLD_WHY_AFTER_MS);
  if (!tookLong) expect(said('cannot be started')).toEqual([]);

  expect(await second.terminate(60_000)).toBe(0);
  expect(ofServer(second).at(-1)?.msg).toBe('the embedded PostgreSQL is left running: another process uses it');
  expect(await first.terminate(60_000)).toBe(0);
  expect(existsSync(pidFile())).toBe(false);
}, 300_000);
