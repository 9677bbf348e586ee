import { Client } from '../http/client';
import { eventually } from '../kit/wait';
import { auditAtRest } from '../support/auditDatabase';
import { ForeignCall } from '../support/foreignCoordinator';
import { OVERDRAFT, otherThan, SECRETS, type Side, TwoTandems } from '../support/twoTandems';
import { untilAllFinal } from '../support/untilFinal';

const SIDES: readonly Side[] = ['north', 'south'];
const ACCOUNTS = ['a', 'b', 'c'];
const MONEY = 1_000;
const WORKERS = 6;
const TRANSFERS = 10;
const ALL = BigInt(ACCOUNTS.length * MONEY);

let both: TwoTandems;

beforeEach(async () => {
  both = await TwoTandems.open();
  for (const side of SIDES) {
    const client = both.client(side);
    for (const account of ACCOUNTS) await client.open(`${side}-${account}`, MONEY);
    const clearing = `at-${otherThan(side)}`;
    await client.open(clearing);
    await client.asAdmin().call('PATCH', `/account/${clearing}`, { body: { overdraftLimit: OVERDRAFT } });
  }
});

afterEach(() => both.close());

interface Outcome {
  readonly side: Side;
  readonly id: string;
  readonly status: string;
}

/** Asks under one key until the transfer is final, whichever process dies. */
function final(side: Side, key: string, body: object): Promise<Outcome> {
  return eventually(
    `${key} is final`,
    async () => {
      const { status, body: said } = await both.client(side).post('/transfers', { key, body });
      const id = said['id'] ?? said['transferId'];
      if (status === 200) return { side, id: String(id), status: 'committed' };
      // A refusal says that no money moved; anything else is asked again.
      return [422, 504].includes(status) ? { side, id: String(id), status: 'aborted' } : undefined;
    },
    { deadlineMs: 90_000, everyMs: 100 },
  );
}

/** Everything is final on both sides, they agree on every transfer, and no money came or went. */
async function expectAgreement(): Promise<void> {
  const balance = async (side: Side, account: string) => Number((await both.client(side).balance(account)).balance);
  for (const side of SIDES) {
    const { database } = both.of(side);
    await untilAllFinal(database, 90_000);
    expect((await auditAtRest(database)).total).toBe(ALL);
    const decided = await database.query<{ id: string; status: string }>('select id::text, status from transactions');
    const done = await both.of(otherThan(side)).database.query<{ transaction: string; state: string }>(
      `select f.transaction::text, case when count(j.seq) > 0 then 'committed' else 'aborted' end as state
       from foreign_branches f left join journal j on j.transaction_id = f.id and j.kind in ('spend', 'receive')
       group by f.id, f.transaction`,
    );
    const statusOf = new Map(decided.map(({ id, status }) => [id, status]));
    expect(done.filter(({ transaction, state }) => statusOf.get(transaction) !== state)).toEqual([]);
    const committed = decided.filter(({ status }) => status === 'committed').length;
    expect(done.filter(({ state }) => state === 'committed')).toHaveLength(2 * committed);
  }
  expect((await balance('north', 'at-south')) + (await balance('south', 'at-north'))).toBe(0);
}

test('two Tandems move money between their accounts, or refuse together', async () => {
  const moved = await final('south', 'moves', both.transfer('south', 'south-a', 'north-a', 30));
  expect(moved.status).toBe('committed');
  const north = both.client('north');
  expect(await north.balance('north-a')).toEqual({ balance: MONEY + 30, held: 0 });
  expect(await both.client('south').balance('south-a')).toEqual({ balance: MONEY - 30, held: 0 });
  const { body } = await north.get('/account/north-a/entries?limit=1');
  const coordinatedBy = { name: 'south', transaction: moved.id, branch: 'in' };
  expect(body['items']).toMatchObject([{ kind: 'receive', amount: 30, requestedBy: 'south', coordinatedBy }]);
  const refused = await both.client('south').post('/transfers', {
    body: both.transfer('south', 'south-a', 'missing', 30),
  });
  expect([refused.status, refused.body['code']]).toEqual([422, 'participant-refused']);
  expect(refused.body).toMatchObject({ participant: 'north', branch: 'in', reason: 'account-not-found' });
  await expectAgreement();
});

test('that are killed in turn, with answers lost, doubled and late, agree on every transfer', async () => {
  const faults = ['none', 'none', 'none', 'none', 'answer-lost', 'doubled', 'cut', 'late'] as const;
  let calls = 0;
  both.fault = () => {
    calls += 1;
    return faults[calls % faults.length] ?? 'none';
  };
  const outcomes: Outcome[] = [];
  const work = async (worker: number): Promise<void> => {
    const side = SIDES[worker % 2] ?? 'north';
    for (let n = 0; n < TRANSFERS; n += 1) {
      const destination = n % 5 === 4 ? 'missing' : `${otherThan(side)}-${ACCOUNTS[(n + 1) % 3]}`;
      const body = both.transfer(side, `${side}-${ACCOUNTS[n % 3]}`, destination, 1 + n);
      outcomes.push(await final(side, `transfer-${worker}-${n}`, body));
    }
  };
  const worked = Promise.all(Array.from({ length: WORKERS }, (_, worker) => work(worker)));
  for (let round = 0; round < 6; round += 1) {
    const before = calls;
    const side = SIDES[round % 2] ?? 'north';
    // In the middle of their work: some calls after the last kill.
    await eventually('calls', () => (calls >= before + 8 ? true : undefined), { deadlineMs: 60_000 });
    await both.kill(side);
    await both.start(side);
  }
  await worked;
  both.fault = () => 'none';
  await expectAgreement();
  for (const side of SIDES) {
    const of = outcomes.filter((outcome) => outcome.side === side);
    expect(of.some(({ status }) => status === 'committed')).toBe(true);
    for (const { id, status } of of) {
      expect((await both.client(side).get(`/transfers/${id}`)).body['status']).toBe(status);
    }
  }
});

test('what is prepared in one is held through its death, until the other one has decided', async () => {
  const asked = { account: 'north-a', direction: 'debit', amount: 40 } as const;
  const branch = new ForeignCall(SECRETS.south, asked);
  const north = await Client.of(both.client('north').baseUrl);
  const amounts = async () => {
    const { balance, held } = (await north.get('/account/north-a')).body;
    return { balance, held };
  };
  expect((await branch.prepare(north)).status).toBe(204);
  await both.kill('north');
  await both.start('north');
  expect(await amounts()).toEqual({ balance: MONEY, held: 40 });
  expect((await branch.commit(north)).status).toBe(204);
  await both.kill('north');
  await both.start('north');
  expect((await branch.commit(north)).status).toBe(204);
  expect((await branch.abort(north)).body['code']).toBe('branch-committed');
  expect(await amounts()).toEqual({ balance: MONEY - 40, held: 0 });
});
