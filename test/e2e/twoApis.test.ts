import { type ServiceProcess, STEP_BY_STEP } from '../kit/serviceProcess';
import { eventually } from '../kit/wait';
import { auditAtRest } from '../support/auditDatabase';
import { type Answer, BankClient } from '../support/bankClient';
import { Load, unexpected } from '../support/load';
import { replayed } from '../support/replayed';
import { TestDatabase } from '../support/testDatabase';
import { TestServices } from '../support/testService';
import { untilAllFinal } from '../support/untilFinal';

const DEPOSITS = 400;
const CLIENTS = 8;

let database: TestDatabase;
let services: TestServices;

beforeEach(async () => {
  database = await TestDatabase.create();
});

afterEach(async () => {
  await services.remove();
  await database.drop();
});

test.each(['jobs', 'process'])(
  'deposits from two api processes on the account that the leader drives all succeed, and none starves (DRIVE=%s)',
  async (drive) => {
    services = new TestServices({ DATABASE_URL: database.url, DRIVE: drive, LOG_LEVEL: 'info' });
    const leader = await services.start();
    const apis = await Promise.all([services.start({ ROLE: 'api' }), services.start({ ROLE: 'api' })]);
    const bank = new BankClient(leader.baseUrl);
    for (const account of ['hot', 'ann', 'ben']) await bank.open(account, 1_000);
    // The leader moves money through the hot account all the time.
    const load = new Load([leader.baseUrl], ['ann', 'hot', 'ben'], CLIENTS);
    await eventually('transfers go through', () => (load.succeeded() > 50 ? true : undefined), { deadlineMs: 60_000 });
    const before = load.outcomes.length;
    const deposits = (api: ServiceProcess, name: string): Promise<Answer[]> =>
      inTurns(new BankClient(api.baseUrl), name);
    const answers = await Promise.all(apis.map((api, n) => deposits(api, String(n))));
    const moved = load.succeeded(before);
    await load.stop();
    for (const each of answers) expect(new Set(each.map(({ status }) => status))).toEqual(new Set([200]));
    expect(moved).toBeGreaterThan(0);
    expect(unexpected(load, ['200', '422'])).toEqual([]);
    await untilAllFinal(database);
    expect((await auditAtRest(database)).total).toBe(3_000n + 2n * BigInt(DEPOSITS));
    const [row] = await database.query<{ deposits: number }>(
      `select count(*)::int as deposits from journal where account_id = 'hot' and kind = 'deposit'`,
    );
    expect(row?.deposits).toBe(1 + 2 * DEPOSITS);
  },
  240_000,
);

/** So many deposits of 1, a few clients at once. */
async function inTurns(bank: BankClient, name: string): Promise<Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    for (let n = next++; n < DEPOSITS; n = next++) {
      answers.push(await bank.post('/account/hot/deposit/1', { key: `${name} ${n}` }));
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return answers;
}

test.each([
  ['jobs', 'in one statement'],
  ['process', 'in one statement'],
  ['process', 'step by step'],
])(
  'a leader that is killed under load is followed by another, and nothing is lost (DRIVE=%s, %s)',
  async (drive, how) => {
    services = new TestServices({
      DATABASE_URL: database.url,
      DRIVE: drive,
      ...(how === 'step by step' && STEP_BY_STEP),
      LOG_LEVEL: 'info',
    });
    const accounts = ['ka', 'kb', 'kc', 'kd', 'ke', 'kf'];
    const leader = await services.start();
    const others = [await services.start(), await services.start()];
    const bank = new BankClient(others[0]?.baseUrl ?? '');
    for (const account of accounts) await bank.open(account, 1_000);
    const load = new Load(
      [leader, ...others].map(({ baseUrl }) => baseUrl),
      accounts,
      12,
    );
    const untilMore = (from: number): Promise<true> =>
      eventually('transfers go through', () => (load.succeeded(from) > 100 ? true : undefined), { deadlineMs: 60_000 });
    await untilMore(0);
    await leader.kill();
    await untilMore(load.outcomes.length);
    await load.stop();
    const acknowledged = load.outcomes.flatMap((outcome) =>
      'error' in outcome || outcome.status !== 200 ? [] : [String(outcome.body['id'])],
    );
    await untilAllFinal(database);
    const kept = await database.query(`select from transactions where status = 'committed' and id = any($1::uuid[])`, [
      acknowledged,
    ]);
    expect(kept).toHaveLength(acknowledged.length);
    expect(unexpected(load, ['200', '202', '503', '504', 'ECONNREFUSED', 'ECONNRESET'])).toEqual([]);
    expect(await auditAtRest(database)).toEqual({ total: 6_000n, accounts: 6 });
    for (const account of accounts) await replayed(database, account);
  },
  240_000,
);
