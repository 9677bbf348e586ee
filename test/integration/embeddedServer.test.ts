import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { memoryHere, withBuffers } from '../../src/adapters/postgres/embedded/memory';
import { eventually } from '../kit/wait';

const SERVER = join(__dirname, '..', '..', 'dist', 'src', 'adapters', 'postgres', 'embedded', 'server.js');
const START = `require(process.argv[1]).startEmbeddedServer(process.argv[2], console).then(
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
  const inside = join(directory, 'inside');
  await kill(directory);
  await kill(inside);
  if (existsSync(inside)) rmSync(realpathSync(inside), { recursive: true, force: true });
  rmSync(directory, { recursive: true, force: true });
});

/** Ends the server of a folder, if there is one. */
async function kill(place: string): Promise<void> {
  const file = join(place, 'data', 'postmaster.pid');
  if (!existsSync(file)) return;
  process.kill(Number(readFileSync(file, 'utf8').split('\n')[0]), 'SIGQUIT');
  await eventually('the server is gone', () => (existsSync(file) ? undefined : true), { deadlineMs: 60_000 });
}

test('of several first starts in one folder one makes the database and all share it', async () => {
  const said = await Promise.all([outputOf(start()), outputOf(start()), outputOf(start())]);
  expect(said.toSorted()).toEqual(['adopted', 'adopted', 'created']);
});

test('a new server gets a part of the memory for its buffers', async () => {
  expect(await outputOf(start())).toBe('created');
  const configuration = readFileSync(join(directory, 'data', 'postgresql.conf'), 'utf8');
  const [buffers] = /^shared_buffers = \w+/m.exec(configuration) ?? [];
  expect(buffers).toBe(withBuffers('shared_buffers = 128MB', memoryHere()));
});

test('a first start that is killed half way does not stand in the way of the next', async () => {
  const first = start();
  await eventually('the database is being made', () => (made() ? true : undefined), {
    deadlineMs: 60_000,
    everyMs: 5,
  });
  first.kill('SIGKILL');
  await once(first, 'exit');
  expect(await outputOf(start())).toBe('created');
  expect(await outputOf(start())).toBe('adopted');
});

/** Root has the server run by a user who cannot enter such a folder; another user runs it as itself. */
describe('below a folder that only its owner may enter', () => {
  let inside: string;

  beforeEach(() => {
    inside = join(directory, 'inside');
    chmodSync(directory, 0o700);
  });

  test('several first starts make one database, where the user of the server can reach it, and leave a link to it', async () => {
    const said = await Promise.all([outputOf(start(inside)), outputOf(start(inside)), outputOf(start(inside))]);
    expect(said.toSorted()).toEqual(['adopted', 'adopted', 'created']);
    expect(existsSync(join(inside, 'data', 'PG_VERSION'))).toBe(true);
    if (isRoot()) expect(realpathSync(inside)).toMatch(/^\/var\/lib\/tandem\/[\w-]+-inside-\w+$/);
  });

  test('a database that was made before the folder was closed is not taken for none', async () => {
    chmodSync(directory, 0o755);
    expect(await outputOf(start(inside))).toBe('created');
    await kill(inside);
    chmodSync(directory, 0o700);
    const said = await outputOf(start(inside));
    if (!isRoot()) expect(said).toBe('started');
    else
      expect(said).toMatch(/^The database is in .*inside, and the user .* cannot enter it\. .*chmod o\+x.* && ln -s /);
    expect(existsSync(join(inside, 'data', 'PG_VERSION'))).toBe(true);
  });

  test('a link to a database that is gone is not taken for an empty one', async () => {
    symlinkSync(join(directory, 'gone'), inside);
    expect(await outputOf(start(inside))).toMatch(/inside is a link .* not there\. Bring it back, or remove the link/);
  });
});

const isRoot = (): boolean => process.getuid?.() === 0;

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
