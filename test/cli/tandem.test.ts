import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { generate } from 'selfsigned';
import { version } from '../../package.json';
import { endWithHarness } from '../kit/childProcess';
import { StockProcess } from '../kit/stockProcess';
import { eventually } from '../kit/wait';
import { listening, ParticipantServer, SECRET } from '../participants/participantServer';
import { TestDatabase } from '../support/testDatabase';
import { PROGRAM, tandem } from './command';

describe('the command tandem', () => {
  it('is built where the package says, and says what runs it', () => {
    accessSync(PROGRAM);
    expect(readFileSync(PROGRAM, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
  });

  it('tells its version and its commands', async () => {
    expect(await tandem(['--version'])).toEqual({ code: 0, printed: `${version}\n`, complained: '' });
    expect((await tandem(['--help'])).printed).toContain('check-participant');
    expect(await tandem(['check-participant', '--help'])).toMatchObject({
      code: 0,
      printed: expect.stringContaining('Usage: tandem check-participant URL') as unknown,
    });
  });

  it.each([
    [[], 'Usage: tandem COMMAND'],
    [['constructor'], 'There is no command constructor.'],
    [['check-participant'], 'URL: '],
    [['check-participant', 'http://stock.example', '--secret', SECRET], 'URL: must be https, or http on loopback'],
    [['check-participant', 'http://127.0.0.1:1'], 'secret: is missing\nGive --secret whsec_…'],
    [['check-participant', 'http://127.0.0.1:1', 'x', '--secret', SECRET], 'One URL is enough.'],
    [['check-participant', 'http://127.0.0.1:1', '--secret', SECRET, '--payload', '{'], 'payload: must be JSON'],
    [['check-participant', 'http://127.0.0.1:1', '--secret', SECRET, '--races', '0'], 'races: '],
    [['check-participant', 'http://127.0.0.1:1', '--secret', 'hunter2'], 'secret: must be whsec_'],
    [['check-participant', '--colour'], "Unknown option '--colour'"],
  ])('called as %j says what is wrong and exits with 2', async (args, words) => {
    const { code, printed, complained } = await tandem(args);
    expect({ code, printed }).toEqual({ code: 2, printed: '' });
    expect(complained).toContain(words);
    expect(complained).not.toContain('hunter2');
    expect(complained).not.toMatch(/\n +at /);
  });

  describe('check-participant', () => {
    let database: TestDatabase;
    beforeAll(async () => {
      database = await TestDatabase.createEmpty();
    });
    afterAll(() => database.drop());

    const payloads = ['--payload', '{"item":"book","quantity":1}', '--refused-payload', '{"item":"book","quantity":0}'];

    it('prints a table and exits with 0 when all rules hold, with 1 when one does not', async () => {
      for (const [edits, code, last] of [
        [[], 0, /^19 rules held, 0 broken, 0 not checked\./m],
        [[{ from: ".split(' ')", to: ".split(' ').slice(0, 1)" }], 1, /^18 rules held, 1 broken, 0 not checked\./m],
      ] as const) {
        const stock = await StockProcess.start(database.url, SECRET, edits);
        await database.query(`insert into shelf values ('book', 1000) on conflict do nothing`);
        const ended = await tandem(['check-participant', stock.url, ...payloads, '--races', '20'], {
          PARTICIPANT_SECRET: SECRET,
        });
        await stock.stop();
        expect(ended).toMatchObject({ code, complained: '' });
        expect(ended.printed).toMatch(last);
        expect(ended.printed).toMatch(code === 0 ? /^held {5}signature-rotation /m : /^BROKEN {3}signature-rotation /m);
        expect(ended.printed).not.toContain(SECRET);
      }
    });

    it('aborts what it has prepared when it is told to stop', async () => {
      const stock = await StockProcess.start(database.url, SECRET);
      await database.query(`insert into shelf values ('book', 1000) on conflict do nothing`);
      const branches = async () => (await database.query('select from branches')).length;
      const before = await branches();
      const child = spawn(
        process.execPath,
        [PROGRAM, 'check-participant', stock.url, ...payloads, '--races', '100000', '--secret', SECRET],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      endWithHarness(child);
      const closed = once(child, 'close');
      let printed = '';
      child.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString();
      });
      // The rules that come before the races make fewer branches.
      const races = async () => ((await branches()) > before + 300 ? true : undefined);
      try {
        await eventually('it is among its races', races, { deadlineMs: 60_000 });
        child.kill('SIGINT');
        // Not at its exit: what it printed last may come after that.
        await closed;
      } finally {
        child.kill('SIGKILL');
        await stock.stop();
      }
      expect({ code: child.exitCode, printed }).toEqual({ code: 2, printed: 'Nothing was checked: stopped\n' });
      expect(await database.query(`select from branches where state = 'prepared'`)).toEqual([]);
    });

    it('trusts no certificate that is its own word, even where the environment says to', async () => {
      const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }]);
      const server = createServer({ key, cert }, (_, response) => response.end());
      const url = (await listening(server)).replace('http:', 'https:');
      const { printed } = await tandem(['check-participant', url, '--secret', SECRET], {
        NODE_TLS_REJECT_UNAUTHORIZED: '0',
      });
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      expect(printed).toBe(
        'Nothing was checked: prepare got no answer: no trusted connection: DEPTH_ZERO_SELF_SIGNED_CERT\n',
      );
    });

    it('exits with 2 when nothing could be checked', async () => {
      const server = await ParticipantServer.start((response) => response.writeHead(403).end());
      const ended = await tandem(['check-participant', server.url, '--secret', SECRET]);
      await server.stop();
      expect(ended).toEqual({
        code: 2,
        printed: 'Nothing was checked: prepare was answered 403: is it the right secret?\n',
        complained: '',
      });
    });
  });
});
