import type { ServiceProcess } from '../kit/serviceProcess';
import { eventually } from '../kit/wait';
import { auditAtRest } from '../support/auditDatabase';
import { type Answer, BankClient } from '../support/bankClient';
import { logLines } from '../support/logLines';
import { useServices } from '../support/useServices';

interface Link {
  readonly method: string;
  readonly path: string;
}

/** What a worker answers; of everything else that there is, it says that there is nothing. */
const OF_A_WORKER = [
  'GET /',
  'GET /admin/foreign-branches',
  'GET /admin/participants',
  'GET /admin/queues',
  'GET /admin/transfers',
  'GET /docs',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  'GET /openapi.json',
  'POST /admin/foreign-branches/{coordinator}/{transaction}/{branch}/settle',
  'POST /admin/transfers/{id}/branches/{participant}/{branch}/settle',
  'POST /admin/transfers/{id}/resume',
];
const SOME_ID = '01900000-0000-7000-8000-000000000000';
const ASYNC = 'respond-async';

const kit = useServices();
let api: ServiceProcess;
let bank: BankClient;
let worker: ServiceProcess | undefined;

beforeAll(async () => {
  // An api process is not ready while no worker sweeps.
  worker = await kit.services.start({ ROLE: 'worker' });
  api = await kit.services.start({
    ROLE: 'api',
    HTTP_WAIT_MS: '300',
    JOB_WAIT_MAX_MS: '500',
    TRANSFER_TIMEOUT_MS: '60000',
    // It tells an overloaded queue from one that no process runs, and gives that one time.
    SWEEP_EVERY_MS: '60000',
  });
  bank = new BankClient(api.baseUrl);
  for (const account of ['ann', 'ben']) await bank.open(account, 100);
});

async function stopWorker(): Promise<void> {
  await worker?.terminate(60_000);
  worker = undefined;
}

afterEach(stopWorker);

const admin = { authorization: 'Bearer admin-token' };

async function linksOf(service: ServiceProcess): Promise<Link[]> {
  const response = await fetch(`${service.baseUrl}/`);
  return ((await response.json()) as { links: Link[] }).links;
}

const names = (links: readonly Link[]): string[] => links.map(({ method, path }) => `${method} ${path}`).toSorted();

async function ask(service: ServiceProcess, { method, path }: Link): Promise<{ status: number; text: string }> {
  const concrete = path
    .replace('transfers/{id}', `transfers/${SOME_ID}`)
    .replace(/\{(id|origin)\}/, 'ann')
    .replace('{destination}', 'ben')
    .replace('{amount}', '1');
  const response = await fetch(service.baseUrl + concrete, { method, headers: admin });
  return { status: response.status, text: await response.text() };
}

test('an api process takes transfers and drives none; a worker drives them', async () => {
  await stopWorker();
  const { status, body } = await bank.post('/account/ann/transfer/to/ben/10', { key: 'one' });
  expect(status).toBe(202);
  expect(body['status']).toBe('preparing');
  worker = await kit.services.start({ ROLE: 'worker' });
  expect((await bank.finalTransfer(String(body['id'])))['status']).toBe('committed');
  expect(await bank.balance('ben')).toEqual({ balance: 110, held: 0 });
});

test('an api process says that no process runs jobs, to its clients, to its operator, and that it is ready when it is', async () => {
  await stopWorker();
  await kit.database.query(
    `update sweeps set swept_at = swept_at - interval '1 hour', looked_at = looked_at - interval '1 hour'`,
  );
  const alone = await kit.services.launch({ ROLE: 'api', LOG_LEVEL: 'info', HTTP_WAIT_MS: '300' });
  const said = (text: string) => logLines(kit.services.logOf(alone)).some(({ msg }) => msg.includes(text));
  const untilSaid = (text: string) =>
    eventually(`"${text}" is said`, () => (said(text) ? true : undefined), { deadlineMs: 60_000 });
  await untilSaid(`and is not ready: no process runs jobs: the last sweep was`);
  const lonely = new BankClient(alone.baseUrl);
  expect(await lonely.get('/health/ready')).toMatchObject({
    status: 503,
    body: { checks: { sweep: { ok: false, detail: expect.stringContaining('no process runs jobs') } } },
  });
  const refused = await eventually(
    'new transfers are refused',
    async () => {
      const answer = await lonely.post('/account/ann/transfer/to/ben/1');
      return answer.status === 503 ? answer : undefined;
    },
    { deadlineMs: 60_000 },
  );
  const text = 'No process runs jobs. Nothing of this request was begun.';
  expect(refused.body).toMatchObject({ code: 'unavailable', away: 'workers', outcome: 'not-started', detail: text });
  expect(said('is ready at')).toBe(false);

  worker = await kit.services.start({ ROLE: 'worker' });
  await untilSaid('is ready at');
  expect((await lonely.get('/health/ready')).status).toBe(200);
  // What was taken while it was not known that no process runs jobs is driven first.
  const transfer = async () => (await lonely.post('/account/ben/transfer/to/ann/1')).status === 200;
  await eventually('a transfer goes through', async () => ((await transfer()) ? true : undefined), {
    deadlineMs: 60_000,
  });
  await alone.kill();
});

test('a worker serves operations and health, and of every other route of the service nothing', async () => {
  worker = await kit.services.start({ ROLE: 'worker' });
  expect(names(await linksOf(worker))).toEqual(OF_A_WORKER);
  const ofApi = await linksOf(api);
  expect(names(ofApi)).toEqual(expect.arrayContaining(OF_A_WORKER));
  expect(ofApi.length).toBeGreaterThan(OF_A_WORKER.length);
  for (const link of ofApi) {
    const name = `${link.method} ${link.path}`;
    const { status, text } = await ask(worker, link);
    if (name === 'POST /admin/transfers/{id}/resume') {
      expect(`${name} ${status} ${text}`).toContain(`${name} 404 `);
      expect(text).toContain('transfer-not-found');
    } else if (name.endsWith('/settle')) {
      // It is served, and misses its body.
      expect(`${name} ${status}`).toBe(`${name} 400`);
    } else if (OF_A_WORKER.includes(name)) {
      expect(`${name} ${status}`).toBe(`${name} 200`);
    } else {
      expect(`${name} ${status}`).toBe(`${name} 404`);
      expect(text).toContain('"code":"not-found"');
    }
  }
});

test('while the queue is overloaded only new transfers are refused: a repetition gets its answer from the database', async () => {
  const transfer = (amount: number, key?: string): Promise<Answer> =>
    bank.post(`/account/ann/transfer/to/ben/${amount}`, key === undefined ? { prefer: ASYNC } : { key, prefer: ASYNC });
  // No process drives: the queue gets no shorter, and the first job in it older.
  const pending = await transfer(1, 'pending');
  expect(pending.status).toBe(202);
  await eventually(
    'new transfers are refused',
    async () => {
      const { status, body } = await transfer(1);
      return status === 503 && body['code'] === 'overloaded' ? true : undefined;
    },
    { deadlineMs: 60_000, everyMs: 100 },
  );
  const finished = await bank.post('/account/ann/transfer/to/ben/10', { key: 'one' });
  expect(finished).toMatchObject({ status: 200, body: { status: 'committed', amount: 10 } });
  expect(finished.headers.get('idempotency-replayed')).toBe('true');
  const again = await transfer(1, 'pending');
  expect(again).toMatchObject({ status: 202, body: { id: pending.body['id'], status: 'preparing' } });
  expect(again.headers.get('idempotency-replayed')).toBe('true');
  expect(await transfer(2, 'pending')).toMatchObject({ status: 422, body: { code: 'idempotency-key-reused' } });
  const fresh = await transfer(1, 'new');
  expect(fresh).toMatchObject({ status: 503, body: { code: 'overloaded' } });
  expect(fresh.headers.get('retry-after')).toBe('1');

  worker = await kit.services.start({ ROLE: 'worker' });
  await bank.finalTransfer(String(pending.body['id']));
  await eventually(
    'new transfers are taken',
    async () => ((await transfer(1, 'new')).status < 300 ? true : undefined),
    {
      deadlineMs: 60_000,
    },
  );
  await eventually(
    'everything is final',
    async () => {
      const open = await kit.database.query(`select from transactions where finished_at is null`);
      return open.length === 0 ? true : undefined;
    },
    { deadlineMs: 60_000 },
  );
  expect(await auditAtRest(kit.database)).toEqual({ total: 200n, accounts: 2 });
});
