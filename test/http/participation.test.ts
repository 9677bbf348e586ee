import { OTHER_SECRET, SECRET } from '../participants/participantServer';
import { type Asked, ForeignCall } from '../support/foreignCoordinator';
import { TestDatabase } from '../support/testDatabase';
import type { Client, Reply } from './client';
import { WholeService } from './serviceHarness';

const SECRETS = { PARTICIPANT_SECRETS: `shop=${SECRET},bank=${OTHER_SECRET}` };

const CALLS = ['prepare', 'commit', 'abort'] as const;
/** What brings a branch into each state. */
const STATES = {
  none: [],
  prepared: ['prepare'],
  committed: ['prepare', 'commit'],
  aborted: ['prepare', 'abort'],
  tombstone: ['abort'],
} as const;
type State = keyof typeof STATES;

const DONE = '204';
/** What each call is answered in each state. */
const ANSWERS: Readonly<Record<State, Readonly<Record<(typeof CALLS)[number], string>>>> = {
  none: { prepare: DONE, commit: '404 branch-not-found', abort: DONE },
  prepared: { prepare: DONE, commit: DONE, abort: DONE },
  committed: { prepare: DONE, commit: DONE, abort: '409 branch-committed' },
  aborted: { prepare: '409 branch-aborted', commit: '409 branch-aborted', abort: DONE },
  tombstone: { prepare: '409 branch-aborted', commit: '409 branch-aborted', abort: DONE },
};
/** Where each call leaves the branch. */
const ENDS: Readonly<Record<State, Readonly<Record<(typeof CALLS)[number], State>>>> = {
  none: { prepare: 'prepared', commit: 'none', abort: 'tombstone' },
  prepared: { prepare: 'prepared', commit: 'committed', abort: 'aborted' },
  committed: { prepare: 'committed', commit: 'committed', abort: 'committed' },
  aborted: { prepare: 'aborted', commit: 'aborted', abort: 'aborted' },
  tombstone: { prepare: 'tombstone', commit: 'tombstone', abort: 'tombstone' },
};

const TABLE = (Object.keys(STATES) as State[]).flatMap((state) => CALLS.map((call) => ({ state, call })));

const said = ({ status, body }: Reply): string => (status === 204 ? DONE : `${status} ${String(body['code'])}`);

describe('accounts in transactions that other services coordinate', () => {
  let database: TestDatabase;
  let first: WholeService;
  let second: WholeService;
  let client: Client;
  let opened = 0;
  let account: string;
  let debit: Asked;
  let credit: Asked;

  beforeAll(async () => {
    database = await TestDatabase.create();
    // Two processes, so that neither can rest on what it remembers.
    first = await WholeService.on(database, SECRETS);
    second = await WholeService.on(database, SECRETS);
    client = first.client;
  });

  afterAll(async () => {
    await first.leave();
    await second.leave();
    await database.drop();
  });

  beforeEach(async () => {
    // New to both processes.
    opened += 1;
    account = `account-${opened}`;
    debit = { account, direction: 'debit', amount: 30 };
    credit = { account, direction: 'credit', amount: 30 };
    await client.post(`/account/${account}`, { body: { currency: 'EUR' } });
    await client.post(`/account/${account}/deposit/100`);
  });

  const amounts = async (by = client) => {
    const { balance, held, incoming } = (await by.get(`/account/${account}`)).body;
    return { balance, held, incoming };
  };

  const amountsIn = (state: State, direction: Asked['direction']) => {
    const isDebit = direction === 'debit';
    return {
      balance: state === 'committed' ? (isDebit ? 70 : 130) : 100,
      held: state === 'prepared' && isDebit ? 30 : 0,
      incoming: state === 'prepared' && !isDebit ? 30 : 0,
    };
  };

  describe.each(['debit', 'credit'] as const)('as a %s', (direction) => {
    it.each(TABLE)(
      'a $call of one that is $state is answered as the table says, however often',
      async ({ state, call }) => {
        const branch = new ForeignCall(SECRET, direction === 'debit' ? debit : credit);
        for (const step of STATES[state]) expect(said(await branch[step](client))).toBe(DONE);
        const expected = ANSWERS[state][call];
        expect(said(await branch[call](client))).toBe(expected);
        expect(await amounts()).toEqual(amountsIn(ENDS[state][call], direction));
        // Whatever it was, asked again it is answered the same: here, by a process that remembers nothing, many at once.
        const again = state === 'none' && call === 'commit' ? expected : ANSWERS[ENDS[state][call]][call];
        expect(said(await branch[call](second.client))).toBe(again);
        const many = Array.from({ length: 10 }, (_, n) => branch[call](n % 2 === 0 ? client : second.client));
        expect(new Set((await Promise.all(many)).map(said))).toEqual(new Set([again]));
        expect(await amounts(second.client)).toEqual(amountsIn(ENDS[state][call], direction));
      },
    );
  });

  it('begin twenty times at once and hold once', async () => {
    const branch = new ForeignCall(SECRET, debit);
    const many = Array.from({ length: 20 }, (_, n) => branch.prepare(n % 2 === 0 ? client : second.client));
    expect(new Set((await Promise.all(many)).map(said))).toEqual(new Set([DONE]));
    expect(await amounts()).toEqual({ balance: 100, held: 30, incoming: 0 });
  });

  it('end aborted with nothing held when the abort races the prepare', async () => {
    let tombstones = 0;
    for (let n = 0; n < 60; n += 1) {
      const branch = new ForeignCall(SECRET, debit, { branch: 'race' });
      const [one, other] = n % 2 === 0 ? [client, second.client] : [second.client, client];
      const [prepared, aborted] = await Promise.all([branch.prepare(one), branch.abort(n % 3 === 0 ? one : other)]);
      expect(said(aborted)).toBe(DONE);
      expect([DONE, '409 branch-aborted']).toContain(said(prepared));
      if (said(prepared) !== DONE) tombstones += 1;
      expect(said(await branch.prepare(one))).toBe('409 branch-aborted');
      expect(said(await branch.commit(other))).toBe('409 branch-aborted');
    }
    expect(await amounts()).toEqual({ balance: 100, held: 0, incoming: 0 });
    const [{ count } = { count: -1 }] = await database.query<{ count: number }>(
      `select count(*)::int as count from foreign_branches where account_id is null and branch = 'race'`,
    );
    expect(count).toBe(tombstones);
  });

  it('of which each takes what is left never take more than there is', async () => {
    const branches = Array.from({ length: 20 }, () => new ForeignCall(SECRET, debit));
    const replies = await Promise.all(
      branches.map((branch, n) => branch.prepare(n % 2 === 0 ? client : second.client)),
    );
    expect(replies.map(said).toSorted()).toEqual([
      ...Array.from({ length: 3 }, () => DONE),
      ...Array.from({ length: 17 }, () => '409 insufficient-funds'),
    ]);
    expect(await amounts()).toEqual({ balance: 100, held: 90, incoming: 0 });
  });

  it('are kept apart by who calls, by transaction and by branch', async () => {
    const own = new ForeignCall(SECRET, debit);
    const { transaction, branch } = own;
    const others = [
      new ForeignCall(OTHER_SECRET, debit, { transaction, branch }),
      new ForeignCall(SECRET, debit, { branch }),
      new ForeignCall(SECRET, debit, { transaction, branch: 'part-2' }),
    ];
    await own.prepare(client);
    for (const other of others) expect(said(await other.commit(client))).toBe('404 branch-not-found');
    for (const other of others) expect(said(await other.abort(client))).toBe(DONE);
    expect(said(await own.commit(client))).toBe(DONE);
    expect(await amounts()).toEqual({ balance: 70, held: 0, incoming: 0 });
  });

  it('are no transfers of this service: neither their calls nor its own reach the other', async () => {
    await client.post('/account/bob', { body: { currency: 'EUR' } });
    const body = { origin: account, destination: 'bob', amount: 10, capture: 'manual' };
    const { body: transfer } = await client.post('/transfers', { body });
    const transaction = String(transfer['id']);
    const branch = new ForeignCall(SECRET, debit, { transaction, branch: account });
    expect(said(await branch.commit(client))).toBe('404 branch-not-found');
    expect(said(await branch.abort(client))).toBe(DONE);
    expect((await client.get(`/transfers/${transaction}`)).body['status']).toBe('authorized');
    expect(await amounts()).toMatchObject({ held: 10 });
  });

  it('keep what was prepared: another payload is refused, and the first one is committed', async () => {
    const branch = new ForeignCall(SECRET, debit);
    await branch.prepare(client);
    for (const other of [{ ...debit, amount: 31 }, { ...debit, account: 'bob' }, credit, { ...debit, currency: 'EUR' }])
      expect(said(await branch.prepare(second.client, other))).toBe('409 branch-differs');
    expect(said(await branch.commit(client))).toBe(DONE);
    expect(await amounts()).toEqual({ balance: 70, held: 0, incoming: 0 });
  });

  it.each<[string, Partial<Record<keyof Asked | 'note', unknown>> | undefined, string]>([
    ['more than there is', { amount: 101 }, 'insufficient-funds'],
    ['an account that is not there', { account: 'missing' }, 'account-not-found'],
    ['another currency', { currency: 'USD' }, 'currency-mismatch'],
    ['more than a balance can be', { direction: 'credit', amount: Number.MAX_SAFE_INTEGER }, 'balance-limit-exceeded'],
    ['no payload', undefined, 'invalid-payload'],
    ['nothing', { amount: 0 }, 'invalid-payload'],
    ['an unknown member', { note: 'x' }, 'invalid-payload'],
    ['an account of the service itself', { account: 'a/b' }, 'invalid-payload'],
  ])('refuse %s with 409, leave nothing, and tell no balance', async (_, other, code) => {
    const payload = other && { ...debit, ...other };
    const branch = new ForeignCall(SECRET, payload);
    const reply = await branch.prepare(client, payload);
    expect(said(reply)).toBe(`409 ${code}`);
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
    expect(Object.keys(reply.body).toSorted()).toEqual(['code', 'detail', 'instance', 'status', 'title', 'type']);
    expect(String(reply.body['detail'])).not.toMatch(/\b(100|99)\b/);
    expect(said(await branch.commit(client))).toBe('404 branch-not-found');
    expect(said(await branch.abort(client))).toBe(DONE);
    expect(said(await branch.prepare(client, debit))).toBe('409 branch-aborted');
    expect(await amounts()).toEqual({ balance: 100, held: 0, incoming: 0 });
  });

  it('are refused by a frozen account, and committed by one that was frozen since', async () => {
    const branch = new ForeignCall(SECRET, debit);
    await branch.prepare(client);
    await client.as('admin-token').call('PATCH', `/account/${account}`, { body: { frozen: 'all' } });
    expect(said(await new ForeignCall(SECRET, debit).prepare(client))).toBe('409 account-frozen');
    expect(said(await branch.commit(client))).toBe(DONE);
  });

  it('show in holds and entries with who coordinates them, and what that calls them', async () => {
    const branch = new ForeignCall(OTHER_SECRET, debit, { branch: 'order-17' });
    await branch.prepare(client);
    const coordinatedBy = { name: 'bank', transaction: branch.transaction, branch: 'order-17' };
    const { items } = (await client.get(`/account/${account}/holds`)).body as { items: Record<string, unknown>[] };
    expect(items).toEqual([
      { direction: 'debit', amount: 30, since: items[0]?.['since'], requestedBy: 'bank', coordinatedBy },
    ]);
    await branch.commit(client);
    expect((await client.get(`/account/${account}/holds`)).body['items']).toEqual([]);
    const entries = (await client.get(`/account/${account}/entries?limit=2`)).body['items'] as Record<
      string,
      unknown
    >[];
    expect(entries).toMatchObject([
      { kind: 'spend', amount: 30, requestedBy: 'bank', coordinatedBy },
      { kind: 'hold', amount: 30, requestedBy: 'bank', coordinatedBy },
    ]);
    expect(entries.some((entry) => 'transferId' in entry)).toBe(false);
    const file = await fetch(`${client.url}/account/${account}/entries`, { headers: { accept: 'text/csv' } });
    expect(await file.text()).toContain('""branch"":""order-17""');
  });

  it('are kept through a close: an account with a branch open is not empty', async () => {
    const branch = new ForeignCall(SECRET, { ...debit, amount: 100 });
    await branch.prepare(client);
    expect(said(await client.post(`/account/${account}/close`))).toBe('409 account-not-empty');
    await branch.commit(client);
    expect((await client.post(`/account/${account}/close`)).status).toBe(200);
    expect(said(await branch.commit(second.client))).toBe(DONE);
    expect(said(await new ForeignCall(SECRET, credit).prepare(client))).toBe('409 account-closed');
  });
});
