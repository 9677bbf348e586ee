import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { promisify } from 'node:util';
import { generate } from 'selfsigned';
import { Items } from '../../src/adapters/peers/items';
import type { ServiceProcess } from '../kit/serviceProcess';
import { eventually } from '../kit/wait';
import { auditAtRest } from '../support/auditDatabase';
import { BankClient } from '../support/bankClient';
import { Load, unexpected } from '../support/load';
import { replayed } from '../support/replayed';
import { TestDatabase } from '../support/testDatabase';
import { TestServices } from '../support/testService';
import { untilAllFinal } from '../support/untilFinal';

const ACCOUNTS = ['ha', 'hb', 'hc', 'hd'];

/** Connects as a process does, and prints what becomes of it. */
const CONNECT = `
  const { LeaderConnection } = require(process.argv[1]);
  LeaderConnection.connect(JSON.parse(process.env.ADDRESS), process.env.secret, 'v').then(
    (connection) => { process.stdout.write('connected'); connection.end(); },
    (error) => process.stdout.write('refused: ' + error.message));`;

let database: TestDatabase;
let services: TestServices;

beforeEach(async () => {
  database = await TestDatabase.create();
  const secret = randomBytes(32).toString('base64');
  services = new TestServices({ DATABASE_URL: database.url, PEER_SECRET: secret, LOG_LEVEL: 'info' });
});

afterEach(async () => {
  await services.remove();
  await database.drop();
});

/** How much work the process handed over, by what became of it. */
async function handedOver({ baseUrl }: ServiceProcess, result: 'answered' | 'lost' = 'answered'): Promise<number> {
  const response = await fetch(`${baseUrl}/metrics`, { headers: { authorization: 'Bearer admin-token' } });
  expect(response.status).toBe(200);
  const text = await response.text();
  return Number(new RegExp(`^tandem_handed_over_total\\{result="${result}"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0);
}

/** Waits until the process is connected to the one that leads. */
function untilLinked(service: ServiceProcess, account: string): Promise<true> {
  const bank = new BankClient(service.baseUrl);
  return eventually(
    'work is handed over',
    async () => {
      const before = await handedOver(service);
      await bank.post(`/account/${account}/deposit/1`);
      return (await handedOver(service)) > before ? true : undefined;
    },
    { deadlineMs: 30_000 },
  );
}

test('a process that does not lead hands over what it is asked, and answers as the leader would', async () => {
  await services.start();
  const api = await services.start({ ROLE: 'api' });
  const bank = new BankClient(api.baseUrl);
  await bank.open('ha', 1_000);
  await bank.open('hb');
  await untilLinked(api, 'hb');
  const before = (await handedOver(api)) + (await handedOver(api, 'lost'));
  const { balance } = await bank.balance('hb');
  const had = Number(balance);
  const paid = await bank.post('/account/ha/transfer/to/hb/30', { key: 'k' });
  expect([paid.status, paid.body['status']]).toEqual([200, 'committed']);
  const again = await bank.post('/account/ha/transfer/to/hb/30', { key: 'k' });
  expect([again.status, again.body['id']]).toEqual([200, paid.body['id']]);
  const refused = await bank.post('/account/ha/transfer/to/hb/5000');
  expect([refused.status, refused.body['code']]).toEqual([422, 'insufficient-funds']);
  const reused = await bank.post('/account/ha/transfer/to/hb/31', { key: 'k' });
  expect([reused.status, reused.body['code']]).toEqual([422, 'idempotency-key-reused']);
  const drawn = await bank.post('/account/ha/withdraw/70');
  expect([drawn.status, drawn.body['balance']]).toEqual([200, 900]);
  // Lost, where the machine stood still for seconds: then the process did it itself.
  expect((await handedOver(api)) + (await handedOver(api, 'lost'))).toBe(before + 5);
  expect(await bank.balance('hb')).toEqual({ balance: had + 30, held: 0 });
});

test('a process with another secret answers too, by itself', async () => {
  await services.start();
  const stranger = await services.start({ ROLE: 'api', PEER_SECRET: randomBytes(32).toString('base64') });
  const bank = new BankClient(stranger.baseUrl);
  await bank.open('ha', 1_000);
  await bank.open('hb');
  await eventually(
    'the stranger was refused',
    () => (readFileSync(services.logOf(stranger), 'utf8').includes('cannot be reached') ? true : undefined),
    { deadlineMs: 30_000 },
  );
  const paid = await bank.post('/account/ha/transfer/to/hb/30');
  expect([paid.status, paid.body['status']]).toEqual([200, 'committed']);
  expect(await handedOver(stranger)).toBe(0);
});

test('a process that shows a certificate instead of the secret is told nothing, also where certificates are not checked', async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'leader' }]);
  const fake = createServer({ key, cert, minVersion: 'TLSv1.3' }, (socket) => {
    new Items(socket, () => undefined).send({ id: 'i', version: 'v', leads: true });
  });
  await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve));
  const { port } = fake.address() as AddressInfo;
  const secret = randomBytes(32).toString('base64');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['-e', CONNECT, join(__dirname, '..', '..', 'dist', 'src', 'adapters', 'peers', 'leaderConnection.js')],
    {
      env: { NODE_TLS_REJECT_UNAUTHORIZED: '0', ADDRESS: JSON.stringify({ id: 'i', host: '127.0.0.1', port }), secret },
    },
  );
  fake.close();
  expect(stdout).toBe('refused: self-signed certificate');
});

test.each([
  ['is killed', killed],
  ['is paused, and wakes when another one leads', paused],
  ['is told to stop', told],
] as const)(
  'a leader that %s in the middle of work that was handed over loses nothing, and does nothing twice',
  async (_, ends) => {
    const leader = await services.start();
    const next = await services.start();
    const api = await services.start({ ROLE: 'api' });
    const bank = new BankClient(api.baseUrl);
    for (const account of ACCOUNTS) await bank.open(account, 1_000);
    await untilLinked(api, 'ha');
    const opening = BigInt(await totalOf(bank));
    const load = new Load([next.baseUrl, api.baseUrl], ACCOUNTS, 12);
    const deposits = new Deposits(bank);
    const untilMore = (from: number): Promise<true> =>
      eventually('transfers go through', () => (load.succeeded(from) > 200 ? true : undefined), { deadlineMs: 60_000 });
    await untilMore(0);
    await ends(leader, next, api);
    await untilMore(load.outcomes.length);
    const before = await handedOver(api);
    await eventually(
      'work goes to the next leader',
      async () => ((await handedOver(api)) > before ? true : undefined),
      {
        deadlineMs: 30_000,
      },
    );
    const [deposited] = await Promise.all([deposits.stop(), load.stop()]);
    await untilAllFinal(database);
    // The transfers that were handed over and lost were told as what became of them.
    expect(unexpected(load, ['200', '202', '422', '503', '504'])).toEqual([]);
    const acknowledged = load.outcomes.flatMap((outcome) =>
      'error' in outcome || outcome.status !== 200 ? [] : [String(outcome.body['id'])],
    );
    const kept = await database.query(`select from transactions where status = 'committed' and id = any($1::uuid[])`, [
      acknowledged,
    ]);
    expect(kept).toHaveLength(acknowledged.length);
    expect((await auditAtRest(database)).total).toBe(opening + BigInt(deposited));
    for (const account of ACCOUNTS) await replayed(database, account);
  },
  240_000,
);

async function runsJobs({ baseUrl }: ServiceProcess): Promise<boolean> {
  const response = await fetch(`${baseUrl}/metrics`, { headers: { authorization: 'Bearer admin-token' } });
  return /^tandem_runs_jobs 1$/m.test(await response.text());
}

async function killed(leader: ServiceProcess): Promise<void> {
  await leader.kill();
}

async function told(leader: ServiceProcess): Promise<void> {
  expect(await leader.terminate(10_000)).toBe(0);
}

async function paused(leader: ServiceProcess, next: ServiceProcess, api: ServiceProcess): Promise<void> {
  leader.stop();
  await eventually('another one leads', async () => ((await runsJobs(next)) ? true : undefined), {
    deadlineMs: 60_000,
  });
  // A paused leader goes on being asked until it is given up. One that wakes before that answers after all.
  await eventually('it is given up', async () => ((await handedOver(api, 'lost')) > 0 ? true : undefined), {
    deadlineMs: 60_000,
  });
  leader.resume();
}

async function totalOf(bank: BankClient): Promise<number> {
  const balances = await Promise.all(ACCOUNTS.map((account) => bank.balance(account)));
  return balances.reduce((sum, { balance }) => sum + Number(balance), 0);
}

/** Deposits of 1, each repeated with its key until its outcome is known. */
class Deposits {
  private stopping = false;
  private readonly running: Promise<number>;

  constructor(private readonly bank: BankClient) {
    this.running = this.run();
  }

  stop(): Promise<number> {
    this.stopping = true;
    return this.running;
  }

  private async run(): Promise<number> {
    let made = 0;
    for (let n = 0; !this.stopping; n += 1) {
      await eventually(
        'a deposit is told',
        async () => {
          const { status } = await this.bank.post('/account/ha/deposit/1', { key: `deposit ${n}` });
          return status === 200 ? true : undefined;
        },
        { deadlineMs: 60_000 },
      );
      made += 1;
    }
    return made;
  }
}
