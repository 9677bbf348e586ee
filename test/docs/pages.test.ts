import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { version } from '../../package.json';
import { ConfigSchema } from '../../src/config';
import { StaticTokens } from '../../src/http/auth/staticTokens';
import type { OpenApi } from '../../src/http/docs/document';
import { tandem } from '../cli/command';
import { WholeService } from '../http/serviceHarness';
import { PostgresServer } from '../kit/postgres';
import { TestDatabase } from '../support/testDatabase';

const run = promisify(execFile);
const ROOT = join(__dirname, '..', '..');
const DOCS = join(ROOT, 'docs');
const PAGES = readdirSync(DOCS).filter((name) => name.endsWith('.md'));
const page = (name: string): string => readFileSync(join(DOCS, name), 'utf8');

/** Variables of other programs, and signals. */
const OTHERS = [/^POSTGRES_PASSWORD$/, /^METRICS_TOKEN$/, /^SIG[A-Z]+$/, /^NODE_[A-Z_]+$/, /^PARTICIPANT_SECRET$/];

/** The lines for the shell below a heading. */
function linesBelow(text: string, heading: string): string {
  const [, section = ''] = text.split(`\n## ${heading}\n`);
  const [, lines] = /```sh\n(.*?)```/s.exec(section.split('\n## ')[0] ?? '') ?? [];
  if (lines === undefined) throw new Error(`no lines below ${heading}`);
  return lines;
}

describe('the pages in docs/', () => {
  let server: PostgresServer;
  let service: WholeService;
  let document: OpenApi;
  let metrics: string;

  beforeAll(async () => {
    // `tandem doctor` finds fault with the shared server, which has no `fsync`. This one has stock settings.
    server = await PostgresServer.start();
    service = await WholeService.on(await TestDatabase.createOn(server));
    document = (await (await fetch(`${service.client.url}/openapi.json`)).json()) as OpenApi;
    const asAdmin = { headers: { authorization: 'Bearer admin-token' } };
    metrics = await (await fetch(`${service.client.url}/metrics`, asAdmin)).text();
  });

  afterAll(async () => {
    await service.leave();
    await server.remove();
  });

  it.each(PAGES)('%s names only variables that the service reads', (name) => {
    const named = [...page(name).matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`/g)].map(
      ([, word = '']) => word,
    );
    const unknown = named.filter((word) => !(word in ConfigSchema.shape) && !OTHERS.some((other) => other.test(word)));
    expect(unknown).toEqual([]);
  });

  it.each(PAGES)('%s names only requests that there are', (name) => {
    const patterns = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => {
        const pattern = path.replaceAll(/\{\w+\}/g, '[^/ ]+');
        return new RegExp(`^${method.toUpperCase()} ${pattern}$`);
      }),
    );
    const named = [...page(name).matchAll(/`(GET|POST|PATCH|PUT|DELETE) (\/[^`?\s]*)/g)];
    const unknown = named
      .map(([, method, path]) => `${method} ${path}`)
      .filter((request) => !request.endsWith('*') && !patterns.some((pattern) => pattern.test(request)));
    expect(unknown).toEqual([]);
  });

  it.each(PAGES)('%s names only metrics that are told', (name) => {
    const named = [...page(name).matchAll(/\b(?:tandem|process|nodejs)_[a-z_]+(?=[`[)])/g)].map(([word]) => word);
    const told = (word: string) => new RegExp(`^# TYPE ${word} `, 'm').test(metrics);
    const tables = ['tandem_copy', 'tandem_queue', 'tandem_migrations'];
    expect(named.filter((word) => !told(word) && !tables.includes(word))).toEqual([]);
  });

  it.each(PAGES)('%s names only commands that there are', async (name) => {
    const named = new Set([...page(name).matchAll(/npx tandem ([a-z-]+)/g)].map(([, word = '']) => word));
    for (const word of named) expect(await tandem([word, '--help'])).toMatchObject({ code: 0 });
  });

  it('have a section for each alert, and for no other', () => {
    const { groups } = parse(readFileSync(join(ROOT, 'ops/prometheus/alerts.yml'), 'utf8')) as {
      groups: { rules: { alert: string }[] }[];
    };
    const alerts = groups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    const sections = [...page('operations.md').matchAll(/^### (Tandem\w+)$/gm)].map(([, alert]) => alert);
    expect(new Set(sections)).toEqual(new Set(alerts));
    expect(sections).toHaveLength(alerts.length);
  });

  it('have a changelog that tells of this version', () => {
    const changelog = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8');
    const versions = [...changelog.matchAll(/^## (\d+\.\d+\.\d+) - \d{4}-\d{2}-\d{2}$/gm)].map(([, told]) => told);
    expect(versions[0]).toBe(version);
    expect(changelog).toMatch(/^## Unreleased$/m);
  });

  it('look first as operations.md says', async () => {
    const lines = linesBelow(page('operations.md'), 'Look first').replace('npx tandem', 'node dist/src/cli/tandem.js');
    const env = {
      ...process.env,
      TANDEM: service.client.url,
      ADMIN: 'admin-token',
      DATABASE_URL: service.database.url,
    };
    const { stdout } = await run('sh', ['-ec', lines], { cwd: ROOT, env });
    expect(stdout).toContain('"status":"ready"');
    expect(stdout).toContain('"items":[]');
    expect(stdout).toMatch(/^0 wrong, /m);
  });

  it('rotate a token as security.md says', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tandem-rotation-'));
    const [old, other] = ['old-token-of-the-backend', 'token-of-the-operator'];
    writeFileSync(join(folder, 'tokens'), `# ours\n${old}=backend:service\n${other}=operator:admin\n`);
    const lines = linesBelow(page('security.md'), 'Tokens and their rotation');
    const { stdout } = await run('sh', ['-ec', `${lines}\necho "$NEW"`], {
      cwd: folder,
      env: { ...process.env, OLD: old },
    });
    const tokens = StaticTokens.parse(readFileSync(join(folder, 'tokens'), 'utf8'));
    expect(tokens.find(stdout.trim())).toEqual({ role: 'service', owner: 'backend' });
    expect(tokens.find(old)).toBeUndefined();
    expect(tokens.find(other)).toEqual({ role: 'admin', owner: 'operator' });
    rmSync(folder, { recursive: true, force: true });
  });
});
