import { spawn } from 'node:child_process';
import { ConfigSchema } from '../../src/config';
import { ended, endWithHarness } from '../kit/childProcess';
import { eventually } from '../kit/wait';
import { TestDatabase } from '../support/testDatabase';
import { PROGRAM, tandem } from './command';

describe('tandem start', () => {
  it('tells of every variable of the environment', async () => {
    const { code, printed } = await tandem(['start', '--help']);
    expect(code).toBe(0);
    for (const [name, { description }] of Object.entries(ConfigSchema.shape)) {
      expect(printed).toContain(`  ${name}\n      ${description}`);
    }
  });

  it('serves until it is told to stop, then ends with 0', async () => {
    const database = await TestDatabase.createEmpty();
    const env = { ...process.env, PORT: '0', DATABASE_URL: database.url, LOG_LEVEL: 'info' };
    const child = spawn(process.execPath, [PROGRAM, 'start'], { env, stdio: ['ignore', 'pipe', 'inherit'] });
    endWithHarness(child);
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString('utf8');
    });
    const url = await eventually('it is ready', () => /ready at (http:\S+\d)\./.exec(printed)?.[1], {
      deadlineMs: 60_000,
    });
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    child.kill('SIGTERM');
    await ended(child);
    expect(child.exitCode).toBe(0);
    await database.drop();
  });

  it('says in one line each what is wrong with the environment, and ends with 2', async () => {
    const { code, printed, complained } = await tandem(['start'], { PORT: 'x', ROLE: 'boss' });
    expect({ code, printed }).toEqual({ code: 2, printed: '' });
    expect(complained).toMatch(/^The configuration is not usable:\n {2}PORT: .*\n {2}ROLE: .*\n$/);
  });
});
