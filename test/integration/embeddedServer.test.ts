import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../../stress/infra/wait';

const SERVER = join(__dirname, '..', '..', 'dist', 'src', 'adapters', 'postgres', 'embedded', 'server.js');
const START = `require(process.argv[1]).startEmbeddedServer(process.argv[2]).then(
  ({ found }) => { console.log(found); process.exit(0); },
  (error) => { console.error(error.message); process.exit(1); },
)`;

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tandem-first-start-'));
  // Started as root, the server runs as another user, which has to enter the folder.
  chmodSync(directory, 0o755);
});

afterEach(async () => {
  const file = [directory, join(directory, 'inside')]
    .map((place) => join(place, 'data', 'postmaster.pid'))
    .find((path) => existsSync(path));
  if (file !== undefined) process.kill(Number(readFileSync(file, 'utf8').split('\n')[0]), 'SIGQUIT');
  await eventually('the server is gone', () => (file !== undefined && existsSync(file) ? undefined : true), {
    deadlineMs: 10_000,
  });
  rmSync(directory, { recursive: true, force: true });
});

test('of several first starts in one folder one makes the database and all share it', async () => {
  const said = await Promise.all([outputOf(start()), outputOf(start()), outputOf(start())]);
  expect(said.toSorted()).toEqual(['adopted', 'adopted', 'created']);
}, 60_000);

test('a first start that is killed half way does not stand in the way of the next', async () => {
  const first = start();
  await eventually('the database is being made', () => (made() ? true : undefined), {
    deadlineMs: 10_000,
    everyMs: 5,
  });
  first.kill('SIGKILL');
  await once(first, 'exit');
  expect(await outputOf(start())).toBe('created');
  expect(await outputOf(start())).toBe('adopted');
}, 60_000);

test("a folder that the server's user cannot enter is named, with what to do about it", async () => {
  chmodSync(directory, 0o700);
  const said = await outputOf(start(join(directory, 'inside')));
  // Only root has the server run by somebody else.
  if (process.getuid?.() !== 0) expect(said).toBe('created');
  else expect(said).toMatch(/cannot enter .*DATABASE_URL/);
}, 60_000);

function made(): boolean {
  return readdirSync(directory).some((name) => name.startsWith('data.new-'));
}

function start(place = directory): ChildProcess {
  return spawn(process.execPath, ['-e', START, SERVER, place], { stdio: ['ignore', 'pipe', 'pipe'] });
}

async function outputOf(child: ChildProcess): Promise<string> {
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    output += chunk.toString('utf8');
  });
  await once(child, 'close');
  return output.trim();
}
