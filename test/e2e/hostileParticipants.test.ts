import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '../kit/wait';
import { RawServer, SECRET, stopAll } from '../participants/participantServer';
import { BankClient } from '../support/bankClient';
import { TestDatabase } from '../support/testDatabase';
import { TestServices } from '../support/testService';

const ORDERS = 150;
const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const BLOCK = Buffer.alloc(256 * 1024, ' ');

/** Writes as fast as the other side reads. */
function flood(socket: Socket): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(BLOCK));
  };
  socket.on('drain', more);
  more();
}

const WAYS: Readonly<Record<string, (socket: Socket) => void>> = {
  silent: () => undefined,
  endless: (socket) => {
    socket.write(`${HEAD}content-length: 1000000000\r\n\r\n`);
    flood(socket);
  },
  elsewhere: (socket) =>
    socket.end('HTTP/1.1 307 Temporary\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n'),
};

describe('participants that say nothing, say too much, or send elsewhere', () => {
  let database: TestDatabase;
  let services: TestServices;
  const directory = mkdtempSync(join(tmpdir(), 'tandem-hostile-'));

  beforeAll(async () => {
    database = await TestDatabase.create();
    const named: [string, object][] = [];
    for (const [name, speak] of Object.entries(WAYS)) {
      const { url } = await RawServer.start(speak);
      named.push([name, { url, secrets: [SECRET], timeoutMs: 3_000 }]);
    }
    const file = join(directory, 'participants.json');
    writeFileSync(file, JSON.stringify(Object.fromEntries(named)));
    services = new TestServices({ DATABASE_URL: database.url, PARTICIPANTS_FILE: file });
  });

  afterAll(async () => {
    await services.remove();
    await stopAll();
    await database.drop();
    rmSync(directory, { recursive: true });
  });

  test('hold up no transfer between accounts, of no process, and take no memory', async () => {
    const worker = await services.start({ ROLE: 'worker', JOB_CONCURRENCY: '8' });
    const api = new BankClient((await services.start({ ROLE: 'api' })).baseUrl);
    await api.open('alice', 100_000);
    await api.open('bob');
    const before = residentBytes(worker.pid);
    for (let n = 0; n < ORDERS; n += 1) {
      const participant = Object.keys(WAYS)[n % 3] ?? '';
      const body = {
        postings: [{ origin: 'alice', destination: 'bob', amount: 1 }],
        participants: [{ participant, branch: 'x' }],
        timeoutMs: 5_000,
      };
      expect((await api.post('/transfers', { body, prefer: 'respond-async' })).status).toBe(202);
    }
    await eventually(
      'the participants are being asked',
      async () => {
        const [row] = await database.query<{ count: number }>('select count(*)::int as count from branch_calls');
        return row && row.count > 0 ? true : undefined;
      },
      { deadlineMs: 60_000 },
    );
    const statuses = await Promise.all(
      Array.from({ length: 50 }, async () => (await api.post('/account/alice/transfer/to/bob/1')).status),
    );
    expect(new Set(statuses)).toEqual(new Set([200]));
    await eventually(
      'the deadlines have passed',
      async () => {
        const preparing = await database.query(`select id from transactions where status = 'preparing'`);
        return preparing.length === 0 ? true : undefined;
      },
      { deadlineMs: 60_000 },
    );
    expect(residentBytes(worker.pid) - before).toBeLessThan(200 * 1024 * 1024);
    const rows = await database.query<{ status: string; reason: { kind: string } }>(
      `select status, reason from transactions where branches && array(select 'participants/' || name || '/x' from unnest($1::text[]) name)`,
      [Object.keys(WAYS)],
    );
    expect(rows).toHaveLength(ORDERS);
    // The participants have never confirmed the abort either: it is told until they do.
    expect(new Set(rows.map(({ status, reason }) => `${status} ${reason.kind}`))).toEqual(
      new Set(['aborting timeout']),
    );
    // The accounts hear of an abort after it is decided, the last ones a moment after the check above.
    await eventually(
      'every hold of the aborted transfers is released',
      async () => ((await api.balance('alice')).held === 0 ? true : undefined),
      { deadlineMs: 30_000 },
    );
    expect(await api.balance('alice')).toEqual({ balance: 100_000 - 50, held: 0 });
  });
});

/** Resident memory of a process. */
function residentBytes(pid: number | undefined): number {
  const [, pages] = readFileSync(`/proc/${String(pid)}/statm`, 'utf8').split(' ');
  return Number(pages) * 4_096;
}
