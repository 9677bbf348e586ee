import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { REPOSITORY } from '../kit/startCommand';

const Lock = z.object({ packages: z.record(z.string(), z.object({ dev: z.boolean().optional() })) });

let project: string;

beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), 'tandem-prestart-'));
  for (const name of [
    'package.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'tsconfig.service.json',
    'ops',
    'src',
    'migrations',
  ])
    cpSync(join(REPOSITORY, name), join(project, name), { recursive: true });
});

afterEach(() => rmSync(project, { recursive: true, force: true }));

const prestart = () => spawnSync(process.execPath, [join('ops', 'prestart.js')], { cwd: project, encoding: 'utf8' });

test('a start before npm ci says in one line what is missing', () => {
  expect(prestart()).toMatchObject({
    status: 1,
    stdout: '',
    stderr: 'The dependencies of the service are not installed. Run: npm ci\n',
  });
});

test('what npm ci installs with NODE_ENV=production is enough to build the service', () => {
  const { packages } = Lock.parse(JSON.parse(readFileSync(join(REPOSITORY, 'package-lock.json'), 'utf8')));
  const production = Object.entries(packages).filter(
    ([path, { dev }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && dev !== true,
  );
  expect(production.length).toBeGreaterThan(50);
  for (const [path] of production) {
    if (!existsSync(join(REPOSITORY, path))) continue; // for another platform
    mkdirSync(dirname(join(project, path)), { recursive: true });
    symlinkSync(join(REPOSITORY, path), join(project, path));
  }
  expect(existsSync(join(project, 'node_modules', 'jest'))).toBe(false);
  expect(prestart()).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(existsSync(join(project, 'dist', 'src', 'main.js'))).toBe(true);
});
