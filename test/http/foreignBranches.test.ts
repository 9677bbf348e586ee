import { OTHER_SECRET, SECRET } from '../participants/participantServer';
import { ForeignCall } from '../support/foreignCoordinator';
import { TestDatabase } from '../support/testDatabase';
import type { Client } from './client';
import { WholeService } from './serviceHarness';

const SECRETS = { PARTICIPANT_SECRETS: `north=${SECRET},south=${OTHER_SECRET}` };

/** What operators see and say of branches whose coordinator may never come back. */
describe('prepared branches of other coordinators', () => {
  let database: TestDatabase;
  let service: WholeService;
  let client: Client;
  let admin: Client;

  beforeAll(async () => {
    database = await TestDatabase.create();
    service = await WholeService.on(database, SECRETS);
    client = service.client;
    admin = client.as('admin-token');
    for (const id of ['alice', 'bob']) await client.post(`/account/${id}`);
    await client.post('/account/alice/deposit/1000');
  });

  afterAll(() => service.stop());

  const prepared = async (branch: string, amount = 30) => {
    const call = new ForeignCall(SECRET, { account: 'alice', direction: 'debit', amount }, { branch });
    expect((await call.prepare(client)).status).toBe(204);
    return call;
  };
  const open = async (query = '') => (await admin.get(`/admin/foreign-branches${query}`)).body;
  const branches = async () => ((await open())['items'] as { branch: string }[]).map(({ branch }) => branch);
  const settle = (call: ForeignCall, as: string, note = 'north was shut down') =>
    admin.post(`/admin/foreign-branches/north/${call.transaction}/${call.branch}/settle`, { body: { as, note } });

  it('are listed until they are decided, the oldest first, page by page', async () => {
    const [first, second, third] = [await prepared('one', 10), await prepared('two', 20), await prepared('three', 30)];
    const tombstone = new ForeignCall(SECRET, undefined, { branch: 'tombstone' });
    expect((await tombstone.abort(client)).status).toBe(204);
    const page = await open('?limit=2');
    expect(page['items']).toMatchObject([
      { coordinator: 'north', transaction: first.transaction, branch: 'one', account: 'alice', amount: 10 },
      { branch: 'two', direction: 'debit', amount: 20, ageSeconds: expect.any(Number) },
    ]);
    const rest = await open(`?limit=2&cursor=${String(page['nextCursor'])}`);
    expect(rest).toMatchObject({ items: [{ branch: 'three' }], nextCursor: null });
    await second.commit(client);
    expect(await branches()).toEqual(['one', 'three']);
    await first.abort(client);
    await third.abort(client);
    expect(await branches()).toEqual([]);
  });

  it('go on being listed behind more that have ended than one page looks at', async () => {
    await database.query(
      `insert into foreign_branches (id, caller, transaction, branch, account_id, direction, amount, begun_at)
       select gen_random_uuid(), 'south', gen_random_uuid(), 'old' || n, 'bob', 'debit', 1, now() - interval '1 day'
       from generate_series(1, 5000) n`,
    );
    const call = await prepared('late');
    const page = await open();
    expect(page['items']).toEqual([]);
    expect(await open(`?cursor=${String(page['nextCursor'])}`)).toMatchObject({
      items: [{ branch: 'late' }],
      nextCursor: null,
    });
    await call.abort(client);
    await database.query(`delete from foreign_branches where caller = 'south'`);
  });

  it.each([
    ['committed', 'spend', '204', '409 branch-committed'],
    ['aborted', 'release', '409 branch-aborted', '204'],
  ] as const)('are settled as %s by an operator, whose note stays in the journal', async (as, kind, commit, abort) => {
    const before = (await client.get('/account/alice/balance')).body;
    const call = await prepared(`settled-${as}`);
    expect((await settle(call, as)).body).toEqual({
      coordinator: 'north',
      transaction: call.transaction,
      branch: call.branch,
      as,
    });
    expect((await client.get('/account/alice/balance')).body).toMatchObject({
      balance: Number(before['balance']) - (as === 'committed' ? 30 : 0),
      held: 0,
    });
    const { body } = await client.get('/account/alice/entries?limit=200');
    const entries = (body['items'] as { coordinatedBy?: { branch: string }; kind: string }[]).filter(
      (entry) => entry.coordinatedBy?.branch === call.branch && entry.kind === kind,
    );
    expect(entries).toMatchObject([{ description: 'north was shut down', requestedBy: 'admin' }]);
    // Repeated it is done; the other word comes too late, also that of a coordinator that comes back.
    expect((await settle(call, as)).status).toBe(200);
    expect((await settle(call, as === 'committed' ? 'aborted' : 'committed')).status).toBe(409);
    const said = ({ status, body: problem }: Awaited<ReturnType<typeof settle>>) =>
      status === 204 ? '204' : `${status} ${String(problem['code'])}`;
    expect([said(await call.commit(client)), said(await call.abort(client))]).toEqual([commit, abort]);
    expect(await branches()).toEqual([]);
  });

  it('are settled although the coordinator may not call any more, and only where there are any', async () => {
    const call = await prepared('forgotten');
    const other = await WholeService.on(database);
    const path = `/admin/foreign-branches/north/${call.transaction}/${call.branch}/settle`;
    const body = { as: 'aborted', note: 'its secret was taken away' };
    expect((await other.client.as('admin-token').post(path, { body })).status).toBe(200);
    await other.leave();
    const unknown = new ForeignCall(SECRET, undefined, { branch: 'unknown' });
    expect(await settle(unknown, 'aborted')).toMatchObject({ status: 404, body: { code: 'branch-not-found' } });
    expect((await settle(call, 'aborted', '')).status).toBe(400);
    expect((await client.post(path, { body })).status).toBe(401);
  });
});
