import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { ServiceProcess } from '../kit/serviceProcess';
import { eventually } from '../kit/wait';
import { BankClient } from '../support/bankClient';
import { TestDatabase } from '../support/testDatabase';
import { TestServices } from '../support/testService';

const CONNECTIONS = 10_000;
const ATTACKERS = 4;
/** Of one process: all connections of the service, and what it needs beside them. */
const FILES_NEEDED = CONNECTIONS + 500;
/** Bytes; an eighth of it is what they take. */
const MEMORY_MAX = 300_000_000;

const filesMax = Number(spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).stdout.replace('unlimited', '1e9'));
const isRoom = filesMax >= FILES_NEEDED;
if (!isRoom) {
  const why = `a process may open ${filesMax} files here, and ${FILES_NEEDED} are needed (ulimit -n)`;
  process.stderr.write(`\nSKIPPED: the test with ${CONNECTIONS} connections, because ${why}\n\n`);
}

interface Counts {
  readonly opened: number;
  readonly answered: number;
  readonly closed: number;
}

/** A process that opens connections and holds them. */
class Attacker {
  counts: Counts = { opened: 0, answered: 0, closed: 0 };
  private readonly child: ChildProcessWithoutNullStreams;

  constructor(service: ServiceProcess, connections: number, what: string) {
    const script = join(__dirname, '../support/attacker.js');
    this.child = spawn(process.execPath, [script, String(service.settings.port), String(connections), what]);
    createInterface({ input: this.child.stdout }).on('line', (line) => {
      this.counts = JSON.parse(line) as Counts;
    });
  }

  async end(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once('exit', resolve));
    this.child.stdin.end();
    await ended;
  }
}

(isRoom ? describe : describe.skip)(`an attacker with ${CONNECTIONS} connections`, () => {
  let database: TestDatabase;
  let services: TestServices;
  let service: ServiceProcess;
  let bank: BankClient;
  let attackers: readonly Attacker[] = [];

  beforeAll(async () => {
    database = await TestDatabase.create();
    services = new TestServices({ DATABASE_URL: database.url, LOG_LEVEL: 'warn' });
    service = await services.start();
    bank = new BankClient(service.baseUrl);
    await bank.open('a', 100);
  });

  afterEach(async () => {
    await Promise.all(attackers.map((attacker) => attacker.end()));
  });

  afterAll(async () => {
    await services.remove();
    await database.drop();
  });

  function attack(...whats: readonly string[]): void {
    attackers = Array.from(
      { length: ATTACKERS },
      (_, n) => new Attacker(service, CONNECTIONS / ATTACKERS, whats[n % whats.length] ?? ''),
    );
  }

  function untilAll(name: keyof Counts): Promise<true> {
    const total = (): number => attackers.reduce((sum, { counts }) => sum + counts[name], 0);
    return eventually(`${name} ${CONNECTIONS}`, () => (total() === CONNECTIONS ? true : undefined), {
      deadlineMs: 60_000,
    });
  }

  /** Bytes resident in the service. */
  async function memory(): Promise<number> {
    const headers = { authorization: 'Bearer admin-token', connection: 'close' };
    const text = await (await fetch(`${service.baseUrl}/metrics`, { headers })).text();
    return Number(/^\w*process_resident_memory_bytes(?:\{.*\})? (\S+)$/m.exec(text)?.[1]);
  }

  /** Asks each on a connection of its own, as a new client does. */
  async function expectAlive(): Promise<void> {
    for (const [method, path] of [
      ['GET', '/health/live'],
      ['GET', '/health/ready'],
      ['POST', '/account/a/deposit/1'],
    ] as const) {
      const response = await fetch(`${service.baseUrl}${path}`, { method, headers: { connection: 'close' } });
      await response.text();
      expect(`${path} ${response.status}`).toBe(`${path} 200`);
    }
  }

  it.each([
    ['that send nothing or half a request', ['nothing', 'half a request']],
    ['that ask once and keep their place', ['a request']],
  ])(
    '%s: other clients are still answered, in bounded memory',
    async (_name, whats) => {
      const before = await memory();
      attack(...whats);
      await untilAll('opened');
      const during = await memory();
      for (let times = 0; times < 5; times += 1) await expectAlive();
      expect(during).toBeGreaterThan(0);
      expect(during - before).toBeLessThan(MEMORY_MAX);
      if (!whats.includes('a request')) await untilAll('closed');
      await Promise.all(attackers.map((attacker) => attacker.end()));
      await expectAlive();
      expect((await memory()) - before).toBeLessThan(MEMORY_MAX);
      expect(service.running).toBe(true);
    },
    240_000,
  );
});
