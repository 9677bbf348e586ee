import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BankClient } from '../support/bankClient';
import { TestServices } from '../support/testService';

let directory: string;
let services: TestServices;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'tandem-embedded-'));
  // Started as root, the server runs as another user, which has to enter the folder.
  chmodSync(directory, 0o755);
  services = new TestServices({ DATA_DIR: join(directory, 'data'), LOG_LEVEL: 'info' });
});

afterAll(async () => {
  await services.remove();
  const pid = serverPid();
  if (pid !== undefined) process.kill(pid, 'SIGQUIT');
  rmSync(directory, { recursive: true, force: true });
});

/** The embedded server's process, as long as it has not been stopped. */
function serverPid(): number | undefined {
  const file = join(directory, 'data', 'postgres', 'data', 'postmaster.pid');
  return existsSync(file) ? Number(readFileSync(file, 'utf8').split('\n')[0]) : undefined;
}

test('with nothing but a folder the service runs, and keeps its data over kill -9 and over a clean stop', async () => {
  const first = await services.start();
  const bank = new BankClient(first.baseUrl);
  await bank.open('alice', 100);
  await bank.open('bob');
  expect((await bank.post('/account/alice/transfer/to/bob/30')).status).toBe(200);
  await first.kill();
  expect(serverPid()).toBeDefined();

  // The server that outlived its parent is adopted.
  const second = await services.start();
  const again = new BankClient(second.baseUrl);
  expect(await again.balance('alice')).toEqual({ balance: 70, held: 0 });
  expect((await again.post('/account/bob/transfer/to/alice/5')).status).toBe(200);
  expect(await second.terminate(60_000)).toBe(0);
  expect(serverPid()).toBeUndefined();

  const third = await services.start();
  expect(await new BankClient(third.baseUrl).balance('bob')).toEqual({ balance: 25, held: 0 });
  const pid = serverPid();
  await third.kill();
  // A server that died with the machine, kill -9 and all, recovers at the next start.
  if (pid !== undefined) process.kill(pid, 'SIGKILL');
  const fourth = await services.start();
  expect(await new BankClient(fourth.baseUrl).balance('bob')).toEqual({ balance: 25, held: 0 });
  expect(await fourth.terminate(60_000)).toBe(0);
  expect(serverPid()).toBeUndefined();
});
