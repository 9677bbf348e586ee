import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import { endWithHarness } from '../kit/childProcess';
import { NODE_OPTIONS_OF_START, REPOSITORY } from '../kit/startCommand';
import { eventually } from '../kit/wait';
import { TestDatabase } from '../support/testDatabase';

/** Starts the service as npm does, as its only child. */
const AS_NPM = 'require("node:child_process").spawn(process.execPath, process.argv.slice(1), { stdio: "inherit" })';
const MAIN = join(REPOSITORY, 'dist', 'src', 'main.js');

let database: TestDatabase;
beforeAll(async () => {
  database = await TestDatabase.create();
});
afterAll(() => database.drop());

test('a service that was told to stop drains although npm is gone first', async () => {
  const { HOME, PATH } = process.env;
  const env = { HOME, PATH, DATABASE_URL: database.url, PORT: '0', npm_lifecycle_event: 'start' };
  const npm = spawn(process.execPath, ['-e', AS_NPM, '--', ...NODE_OPTIONS_OF_START, MAIN], { env });
  endWithHarness(npm);
  let logged = '';
  npm.stdout.on('data', (data: Buffer) => {
    logged += data.toString();
  });
  const { pid, port } = await eventually(
    'the service is ready',
    () => {
      const ready = /"url":"http:\/\/127\.0\.0\.1:(\d+)".*"pid":(\d+)/.exec(logged);
      return ready ? { port: Number(ready[1]), pid: Number(ready[2]) } : undefined;
    },
    { deadlineMs: 30_000 },
  );
  // Half a request keeps the stop busy for longer than the service takes to miss npm.
  const client = connect(port, '127.0.0.1');
  client.on('error', () => undefined);
  client.write('POST /account/a HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n{');
  await once(client, 'connect');
  const output = once(npm.stdout, 'close');
  process.kill(pid, 'SIGTERM');
  await eventually('the service stops', () => (logged.includes('stopping:') ? true : undefined), { deadlineMs: 5_000 });
  npm.kill('SIGKILL');
  await output;
  client.destroy();
  expect(logged).toContain('"msg":"stopped');
});
