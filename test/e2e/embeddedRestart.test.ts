import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServiceProcess } from '../kit/serviceProcess';
import { eventually } from '../kit/wait';
import { BankClient } from '../support/bankClient';
import { logLines } from '../support/logLines';
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

const saidOfServer = (service: ServiceProcess): readonly string[] =>
  logLines(services.logOf(service))
    .map(({ msg }) => msg)
    .filter((msg) => msg.includes('embedded PostgreSQL'));

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
        deadlineMs: 30_000,
      });
    }
    expect(serverPid()).not.toBe(killed);
  }
  expect(await bank.balance('bob')).toEqual({ balance: 4, held: 0 });
  // Whichever process was first started it again; the other one uses it.
  const said = [...saidOfServer(first), ...saidOfServer(second)];
  const gone = said.filter((msg) => msg.includes('is gone; starting it again'));
  expect(gone.length).toBeGreaterThanOrEqual(2);
  expect(said.filter((msg) => msg.includes('runs again')).length).toBe(gone.length);
  expect(said.filter((msg) => msg.includes('cannot be started'))).toEqual([]);

  expect(await second.terminate(10_000)).toBe(0);
  expect(saidOfServer(second).at(-1)).toBe('the embedded PostgreSQL is left running: another process uses it');
  expect(await first.terminate(10_000)).toBe(0);
  expect(existsSync(pidFile())).toBe(false);
}, 120_000);
