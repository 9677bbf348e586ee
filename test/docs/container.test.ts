import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StaticTokens } from '../../src/http/auth/staticTokens';
import { NODE_OPTIONS_OF_START, REPOSITORY } from '../kit/startCommand';

const dockerfile = readFileSync(join(REPOSITORY, 'Dockerfile'), 'utf8');
const compose = readFileSync(join(REPOSITORY, 'docker-compose.yml'), 'utf8');

test('the container starts the service as npm start does', () => {
  const command = ['node', ...NODE_OPTIONS_OF_START, 'dist/src/main.js'];
  expect(dockerfile.trimEnd().split('\n').at(-1)).toBe(`CMD ${JSON.stringify(command).replaceAll(',', ', ')}`);
});

test('the container has a volume for the data of the embedded server, which belongs to the user who runs it', () => {
  const [, folder = ''] = /DATA_DIR=(\S+)/.exec(dockerfile) ?? [];
  const [, user = ''] = /^USER (\S+)$/m.exec(dockerfile) ?? [];
  expect(user).toBe('node');
  // A volume takes over the owner that the folder has where it is declared.
  const order = [`mkdir -p ${folder} && chown ${user}:${user} ${folder}`, `USER ${user}`, `VOLUME ${folder}`];
  const found = order.map((line) => dockerfile.indexOf(line));
  expect(found).toEqual(found.toSorted((a, b) => a - b));
  expect(found).not.toContain(-1);
});

test('compose does not write the password of the database into an address', () => {
  const [, address = ''] = /DATABASE_URL: (\S+)/.exec(compose) ?? [];
  expect(new URL(address).password).toBe('');
  expect(address).not.toContain('$');
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is compose that replaces it.
  expect(compose).toContain('DATABASE_PASSWORD: ${POSTGRES_PASSWORD}\n');
});

test('the tokens that compose suggests are good ones, and one of them is for operators', () => {
  const suggestions = [...compose.matchAll(/AUTH_TOKENS(?:=|, such as )([\w=:,-]+)/g)].map(([, tokens = '']) => tokens);
  expect(suggestions.length).toBe(2);
  for (const tokens of suggestions) {
    const known = StaticTokens.parse(tokens);
    const roles = tokens.split(',').map((entry) => known.find(entry.split('=')[0] ?? '')?.role);
    expect(roles).toEqual(['service', 'admin']);
  }
});

describe('Prometheus of the compose file', () => {
  const directory = mkdtempSync(join(tmpdir(), 'tandem-token-'));
  const file = join(directory, 'token');

  afterAll(() => rmSync(directory, { recursive: true }));

  const [, command = ''] = /entrypoint: \["\/bin\/sh", "-c"\]\n\s+command: \['(.*)'\]/.exec(compose) ?? [];
  /** Up to where Prometheus itself would begin. */
  const script = command
    .replaceAll('$$', '$')
    .replace(/exec .*/, 'true')
    .replaceAll('/tmp/token', '"$TOKEN_FILE"');
  const run = (token: string) =>
    spawnSync('/bin/sh', ['-c', script], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], METRICS_TOKEN: token, TOKEN_FILE: file },
    });

  test('does not start without METRICS_TOKEN, and says so', () => {
    expect(run('')).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/^METRICS_TOKEN is empty: set it/),
    });
  });

  test('is given the token as it is', () => {
    expect(run('to/ken#%s=').status).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe('to/ken#%s=');
  });

  test('keeps up Grafana, so that its failure to start is seen', () => {
    expect(compose).toMatch(/grafana:[\s\S]*depends_on:\n\s+prometheus: \{ condition: service_healthy \}/);
  });
});
