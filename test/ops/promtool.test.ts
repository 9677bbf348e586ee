import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Client } from '../http/client';
import { WholeService } from '../http/serviceHarness';

const FOUND = spawnSync('promtool', ['--version']).status === 0;
const OPS = join(__dirname, '../../ops/prometheus');

if (!FOUND) {
  if (process.env['CI'] !== undefined) throw new Error('There is no promtool for the tests of metrics and alerts');
  process.stderr.write('\nSKIPPED: the tests of metrics and alerts, because there is no promtool on the PATH\n\n');
}

function promtool(args: readonly string[], input?: string): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: OPS, encoding: 'utf8', input: input ?? '' });
  return { status, said: stdout + stderr };
}

(FOUND ? describe : describe.skip)('promtool', () => {
  let service: WholeService;
  let admin: Client;

  beforeAll(async () => {
    service = await WholeService.start();
    admin = service.client.as('admin-token');
    for (const id of ['a', 'b']) await admin.post(`/account/${id}`);
    await admin.post('/account/a/deposit/100');
    await admin.post('/account/a/transfer/to/b/1');
    await admin.post('/account/a/transfer/to/b/1000');
  });

  afterAll(() => service.stop());

  it('finds nothing wrong with a metric of ours', async () => {
    const { body } = await admin.get('/metrics');
    const { said } = promtool(['check', 'metrics'], String(body['text']));
    // It has read them: what it finds is of the process metrics that the library adds.
    expect(said).toContain('nodejs_');
    expect(said.split('\n').filter((line) => line.includes('tandem_'))).toEqual([]);
    expect(said).not.toContain('error while linting');
  });

  it.each([
    ['finds the alerts well-formed', ['check', 'rules', 'alerts.yml']],
    ['sees each alert fire for what it is for', ['test', 'rules', 'alerts.test.yml']],
    ['finds the configuration well-formed', ['check', 'config', '--syntax-only', 'prometheus.yml']],
  ])('%s', (_what, args) => {
    expect(promtool(args)).toMatchObject({ status: 0 });
  });
});
