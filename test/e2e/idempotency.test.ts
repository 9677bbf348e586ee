import { auditAtRest } from '../support/auditDatabase';
import { type Answer, BankClient } from '../support/bankClient';
import { useServices } from '../support/useServices';

const REPEATS = 50;

const kit = useServices({ LOG_LEVEL: 'info' });
let banks: BankClient[];

beforeAll(async () => {
  banks = await startTwo();
});

describe('fifty concurrent requests with one key, through two processes', () => {
  test.each([
    ['a transfer', '/account/alice/transfer/to/bob/7', { alice: 993, bob: 1_007 }],
    ['a deposit', '/account/carol/deposit/5', { carol: 1_005 }],
    ['a withdrawal', '/account/dave/withdraw/5', { dave: 995 }],
    ['a refused transfer', '/account/erin/transfer/to/frank/2000', { erin: 1_000, frank: 1_000 }],
    ['a refused withdrawal', '/account/grace/withdraw/2000', { grace: 1_000 }],
  ])('%s moves money once and all get the same answer, after a restart too', async (name, path, balances) => {
    for (const account of Object.keys(balances)) await bank(0).open(account, 1_000);
    const key = `fifty of ${name}`;
    const answers = await Promise.all(Array.from({ length: REPEATS }, (_, index) => bank(index).post(path, { key })));
    const [first] = answers;
    for (const answer of answers) expect(meaning(answer)).toEqual(meaning(first));
    expect(answers.filter(({ headers }) => headers.get('Idempotency-Replayed') === null)).toHaveLength(1);
    await expectBalances(balances);

    await kit.services.killAll();
    banks = await startTwo();
    const again = await bank(0).post(path, { key });
    expect(meaning(again)).toEqual(meaning(first));
    expect(again.headers.get('Idempotency-Replayed')).toBe('true');
    await expectBalances(balances);
    await auditAtRest(kit.database);
  });
});

describe('a key', () => {
  test('that was used for another request is refused, whichever kind of request it was', async () => {
    await bank(0).open('heidi', 100);
    await bank(0).open('ivan', 100);
    expect((await bank(0).post('/account/heidi/deposit/1', { key: 'one' })).status).toBe(200);
    expect((await bank(1).post('/account/heidi/transfer/to/ivan/1', { key: 'two' })).status).toBe(200);
    const reused = await Promise.all([
      bank(1).post('/account/heidi/deposit/2', { key: 'one' }),
      bank(1).post('/account/ivan/deposit/1', { key: 'one' }),
      bank(1).post('/account/heidi/transfer/to/ivan/1', { key: 'one' }),
      bank(0).post('/account/heidi/transfer/to/ivan/2', { key: 'two' }),
      bank(0).post('/account/heidi/withdraw/1', { key: 'two' }),
    ]);
    for (const { status, body } of reused) expect([status, body['code']]).toEqual([422, 'idempotency-key-reused']);
    expect(await bank(0).balance('heidi')).toEqual({ balance: 100, held: 0 });
    expect(await bank(0).balance('ivan')).toEqual({ balance: 101, held: 0 });
  });
});

async function startTwo(): Promise<BankClient[]> {
  const started = await Promise.all([kit.services.start(), kit.services.start()]);
  return started.map(({ baseUrl }) => new BankClient(baseUrl));
}

function bank(index: number): BankClient {
  const found = banks[index % banks.length];
  if (!found) throw new Error('no process is running');
  return found;
}

/** An answer without what belongs to the request alone. */
function meaning(answer: Answer | undefined): unknown {
  const { instance, ...body } = answer?.body ?? {};
  expect(instance === undefined || typeof instance === 'string').toBe(true);
  return { status: answer?.status, body };
}

async function expectBalances(balances: Readonly<Record<string, number>>): Promise<void> {
  for (const [account, balance] of Object.entries(balances)) {
    expect(await bank(0).balance(account)).toEqual({ balance, held: 0 });
  }
}
