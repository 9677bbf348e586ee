import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { version } from '../../package.json';
import { WholeService } from '../http/serviceHarness';

const run = promisify(execFile);
const ROOT = join(__dirname, '..', '..');
const CLIENT = join(ROOT, 'src', 'client');

const MODULES = ['address', 'answer', 'index', 'retry', 'tandemClient', 'transport', 'types'];
const FILES = [
  'LICENSE',
  'README.md',
  ...['cjs', 'esm'].flatMap((kind) => [
    ...MODULES.flatMap((name) => [`dist/${kind}/${name}.d.ts`, `dist/${kind}/${name}.js`]),
    `dist/${kind}/package.json`,
  ]),
  'example.mjs',
  'package.json',
];

/** Every type of the package that has one of its own, and mistakes that must not compile. */
const PROGRAM = `
export async function main(url: string): Promise<number> {
  const client = new TandemClient(url, { token: 't', retry: { attempts: 2 } });
  const options: TransferOptions = { idempotencyKey: 'k' };
  const moved: Answer<Transfer> = await client.transfer({ origin: 'a', destination: 'b', amount: 1 }, options);
  if (!moved.ok) return moved.problem.missing ?? 0;
  const status: 'preparing' | 'authorized' | 'committing' | 'committed' | 'aborting' | 'aborted' | 'failed' = moved.value.status;
  const page = await client.entries('a', { limit: 5 });
  const amounts: number[] = page.ok ? page.value.items.map((entry) => entry.amount) : [];
  // @ts-expect-error amounts are numbers
  await client.transfer({ origin: 'a', destination: 'b', amount: '1' });
  // @ts-expect-error there is no such member
  await client.transfer({ origin: 'a', destination: 'b', amount: 1, sum: 1 });
  // @ts-expect-error a refusal has no value
  if (!page.ok) return page.value.items.length;
  return amounts.length + status.length;
}
`;
const TYPES = 'TandemClient, type Answer, type Transfer, type TransferOptions';

describe('the package @tandem/client', () => {
  let project: string;
  let packed: { files: { path: string }[]; filename: string };
  let service: WholeService;

  beforeAll(async () => {
    project = mkdtempSync(join(tmpdir(), 'tandem-client-'));
    const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', project], { cwd: CLIENT });
    [packed] = JSON.parse(stdout.slice(stdout.indexOf('['))) as [typeof packed];
    writeFileSync(join(project, 'package.json'), '{"private":true}');
    await run('npm', ['install', '--offline', '--no-audit', '--no-fund', join(project, packed.filename)], {
      cwd: project,
    });
    service = await WholeService.start();
  });

  afterAll(async () => {
    await service.stop();
    rmSync(project, { recursive: true, force: true });
  });

  const written = (name: string, text: string): string => {
    writeFileSync(join(project, name), text);
    return join(project, name);
  };

  it('holds the compiled client and its declarations, and nothing else', () => {
    expect(packed.files.map(({ path }) => path).toSorted()).toEqual(FILES.toSorted());
  });

  it('is of the version of the service', () => {
    expect(JSON.parse(readFileSync(join(CLIENT, 'package.json'), 'utf8'))).toMatchObject({ version });
  });

  it('needs no other package, and its modules import none', () => {
    const installed = join(project, 'node_modules/@tandem/client');
    expect(JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))).not.toHaveProperty('dependencies');
    for (const path of FILES.filter((name) => /\.(js|d\.ts)$/.test(name))) {
      const text = readFileSync(join(installed, path), 'utf8');
      const from = [...text.matchAll(/(?:from |import\(|require\()["']([^"']+)["']/g)].map(([, name]) => name);
      expect({ path, others: from.filter((name) => !name?.startsWith('./')) }).toEqual({ path, others: [] });
    }
  });

  it('moves money from an ECMAScript module, as its example does', async () => {
    const example = join(project, 'node_modules/@tandem/client/example.mjs');
    const { stdout } = await run(process.execPath, [example, service.client.url]);
    expect(stdout).toMatch(
      /^committed, repeated: true\nrefused: insufficient-funds, missing 430\nalice-\d+ has 70\nbob-\d+: receive 30, then 30\n/,
    );
  });

  it('moves money from CommonJS', async () => {
    const program = written(
      'program.cjs',
      `const { TandemClient, MalformedAnswer } = require('@tandem/client');
      (async () => {
        const client = new TandemClient(process.argv[2]);
        await client.openAccount('x');
        await client.openAccount('y');
        await client.deposit('x', 10);
        const moved = await client.transfer({ origin: 'x', destination: 'y', amount: 4 });
        console.log(moved.value.status, (await client.balance('y')).value.balance, typeof MalformedAnswer);
      })();`,
    );
    const { stdout } = await run(process.execPath, [program, service.client.url]);
    expect(stdout).toBe('committed 4 function\n');
  });

  it.each([
    ['program.mts', 'nodenext', 'nodenext'],
    ['program.cts', 'nodenext', 'nodenext'],
    ['program.ts', 'esnext', 'bundler'],
  ])(
    'has declarations that %s compiles against, strictly and without those of Node',
    async (name, module, resolution) => {
      const program = written(name, `import { ${TYPES} } from '@tandem/client';\n${PROGRAM}`);
      const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
      const strict = [
        '--strict',
        '--exactOptionalPropertyTypes',
        '--noUncheckedIndexedAccess',
        '--skipLibCheck',
        'false',
      ];
      const options = ['--noEmit', '--target', 'es2022', '--lib', 'es2022', '--types', '', '--module', module];
      const args = [tsc, ...options, '--moduleResolution', resolution, ...strict, program];
      const { stdout } = await run(process.execPath, args, { cwd: project }).catch(
        (error: { stdout: string }) => error,
      );
      expect(stdout).toBe('');
    },
  );
});
