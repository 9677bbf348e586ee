import { ReadPool } from '../../src/adapters/postgres/reads/readPool';
import { PostgresWallets, REPLAYED } from '../../src/adapters/postgres/reads/wallets';
import { MemoryLog } from '../support/memoryLog';
import type { Client } from './client';
import { WholeService } from './serviceHarness';

describe('wallets', () => {
  let service: WholeService;
  let alice: Client;
  let bob: Client;

  beforeAll(async () => {
    service = await WholeService.start();
    alice = service.client.as('alice-token');
    bob = service.client.as('bob-token');
  });

  afterAll(() => service.stop());

  const money = (amountCents: number) => ({ body: { amountCents } });

  it('is empty before the first deposit', async () => {
    expect((await bob.get('/wallet/balance')).body).toEqual({ ownerId: 'bob', balance: 0 });
    expect((await bob.get('/wallet/ledger')).body).toEqual({
      ownerId: 'bob',
      depositCents: 0,
      depositCount: 0,
      withdrawCents: 0,
      withdrawCount: 0,
      lastActivityAt: null,
    });
    expect((await bob.get('/wallet/ledger/entries')).body).toEqual({ ownerId: 'bob', count: 0, entries: [] });
    expect(await bob.post('/wallet/withdraw', money(1))).toMatchObject({
      status: 422,
      body: { ownerId: 'bob', accepted: false, balance: 0, reason: 'insufficient-funds' },
    });
  });

  it('opens with the first deposit and refuses what is not there', async () => {
    expect(await alice.post('/wallet/deposit', money(500))).toMatchObject({
      status: 200,
      body: { ownerId: 'alice', accepted: true, balance: 500, reason: null },
    });
    expect(await alice.post('/wallet/withdraw', money(200))).toMatchObject({ status: 200, body: { balance: 300 } });
    expect(await alice.post('/wallet/withdraw', money(301))).toMatchObject({
      status: 422,
      body: { accepted: false, balance: 300, reason: 'insufficient-funds' },
    });
    expect((await alice.get('/wallet/balance')).body).toEqual({ ownerId: 'alice', balance: 300 });
  });

  it('records with a description, and shows transfers as what they are', async () => {
    const body = { kind: 'deposit', amountCents: 50, description: 'found on the street' };
    expect(await alice.post('/wallet/ledger/record', { body })).toMatchObject({
      status: 200,
      body: { ownerId: 'alice', kind: 'deposit', amountCents: 50, status: 'recorded' },
    });
    await bob.post('/wallet/deposit', money(10));
    await alice.post('/account/alice/transfer/to/bob/30');
    expect((await alice.get('/wallet/ledger/entries?limit=2')).body).toMatchObject({
      count: 2,
      entries: [
        { kind: 'spend', amountCents: 30 },
        { kind: 'deposit', amountCents: 50, description: 'found on the street' },
      ],
    });
    expect((await bob.get('/wallet/balance')).body['balance']).toBe(40);
    expect((await alice.get('/wallet/ledger')).body).toMatchObject({
      depositCents: 550,
      depositCount: 2,
      withdrawCents: 200,
      withdrawCount: 1,
    });
  });

  it('carries a keyed deposit out once', async () => {
    const headers = { 'idempotency-key': 'k1' };
    const carol = service.client.as('carol-token');
    const first = await carol.post('/wallet/deposit', { ...money(5), headers });
    const again = await carol.post('/wallet/deposit', { ...money(5), headers });
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(await carol.post('/wallet/deposit', { ...money(6), headers })).toMatchObject({ status: 422 });
  });

  it('lists wallets by what was put in', async () => {
    const { body } = await service.client.as('admin-token').get('/admin/wallets');
    expect(body['count']).toBe(3);
    const wallets = body['wallets'] as { ownerId: string; netCents: number }[];
    expect(wallets.map(({ ownerId, netCents }) => [ownerId, netCents])).toEqual([
      ['alice', 350],
      ['bob', 10],
      ['carol', 5],
    ]);
  });

  it('agrees with the account and with the ledger at every moment under load', async () => {
    const owner = service.client.as('admin-token');
    await owner.post('/wallet/deposit', money(1000));
    const load = { running: true };
    let looks = 0;
    const watch = async () => {
      while (load.running) {
        const [row] = await service.database.query<{ replayed: string; net: string; balance: string }>(
          `select (select sum(case kind when 'deposit' then amount when 'withdraw' then -amount end) from journal
                   where account_id = 'admin') as replayed,
                  (select deposited - withdrawn from ledgers where account_id = 'admin') as net,
                  (select balance_after from journal where account_id = 'admin' order by seq desc limit 1) as balance`,
        );
        expect(String(row?.replayed)).toBe(String(row?.net));
        expect(String(row?.balance)).toBe(String(row?.net));
        looks += 1;
      }
    };
    const watching = watch();
    const calls = Array.from({ length: 300 }, (_, n) =>
      owner.post(n % 3 === 0 ? '/wallet/withdraw' : '/wallet/deposit', money(1 + (n % 7))),
    );
    const replies = await Promise.all(calls);
    load.running = false;
    await watching;
    expect(looks).toBeGreaterThan(3);
    expect(replies.every(({ status }) => status === 200)).toBe(true);
    const ledger = (await owner.get('/wallet/ledger')).body as { depositCents: number; withdrawCents: number };
    const { balance } = (await owner.get('/wallet/balance')).body;
    expect(balance).toBe(ledger.depositCents - ledger.withdrawCents);
  });

  it('adds up exactly, further than a double and a bigint go, and goes on taking deposits', async () => {
    const carol = service.client.as('carol-token');
    const largest = money(Number.MAX_SAFE_INTEGER);
    await carol.post('/wallet/withdraw', money(5));
    // As a thousand of the largest deposits, each withdrawn again, leave it.
    const total = 2n ** 63n - 1n;
    await service.database.query(`update ledgers set deposited = $1, withdrawn = $1 where account_id = 'carol'`, [
      String(total),
    ]);
    expect((await carol.post('/wallet/deposit', largest)).status).toBe(200);
    expect((await carol.post('/wallet/withdraw', largest)).status).toBe(200);
    expect((await carol.post('/wallet/deposit', money(2))).status).toBe(200);
    const deposited = total + BigInt(Number.MAX_SAFE_INTEGER) + 2n;
    const text = async (path: string, token: string) =>
      (await fetch(service.client.url + path, { headers: { authorization: `Bearer ${token}` } })).text();
    expect(await text('/wallet/ledger', 'carol-token')).toContain(
      `"depositCents":${deposited},"depositCount":3,"withdrawCents":${deposited - 2n},"withdrawCount":2,`,
    );
    expect(await text('/admin/wallets', 'admin-token')).toContain(`"depositCents":${deposited},`);
    // By the typed reading of the document, as every answer of these clients.
    expect((await carol.get('/wallet/ledger')).body['depositCents']).toBe(Number(deposited));
    const { wallets } = (await service.client.as('admin-token').get('/admin/wallets')).body as {
      wallets: { ownerId: string; netCents: number }[];
    };
    expect(wallets.find(({ ownerId }) => ownerId === 'carol')?.netCents).toBe(2);
  });

  it('replays no more than the last thousand of 100 000 entries', async () => {
    await service.database.query(
      `insert into accounts (id, overdraft_limit, opened_at) values ('big', 0, clock_timestamp())`,
    );
    await service.database.query(
      `insert into journal (account_id, seq, kind, amount, balance_after, held_after, incoming_after, occurred_at)
       select 'big', n, 'deposit', 1, n, 0, 0, clock_timestamp() from generate_series(1, 100000) n`,
    );
    const pool = new ReadPool(
      {
        connectionString: service.database.url,
        connectionsMax: 1,
        acquireTimeoutMs: 1000,
        statementTimeoutMs: 5000,
      },
      new MemoryLog(),
    );
    const wallets = new PostgresWallets(pool);
    expect(await wallets.replay('big')).toMatchObject({ balance: 100_000n, held: 0n });
    await pool.close();
    expect(REPLAYED).toBeLessThanOrEqual(1000);
  });
});

describe('the account of a wallet', () => {
  let service: WholeService;
  let shop: Client;

  beforeAll(async () => {
    service = await WholeService.start();
    shop = service.client;
  });

  afterAll(() => service.stop());

  const money = (amountCents: number) => ({ body: { amountCents } });

  it('may be overdrawn, and the wallet shows it', async () => {
    const alice = shop.as('alice-token');
    await shop.post('/account/alice', { body: { overdraftLimit: 100 } });
    expect((await alice.post('/wallet/withdraw', money(80))).body).toMatchObject({ accepted: true, balance: -80 });
    expect((await alice.get('/wallet/balance')).body).toEqual({ ownerId: 'alice', balance: -80 });
    expect(await alice.post('/wallet/withdraw', money(21))).toMatchObject({
      status: 422,
      body: { accepted: false, balance: -80, reason: 'insufficient-funds' },
    });
    expect((await alice.post('/wallet/deposit', money(30))).body).toMatchObject({ accepted: true, balance: -50 });
  });

  it('takes no record while it is frozen or closed', async () => {
    const body = { kind: 'deposit', amountCents: 1 };
    const record = () => shop.as('bob-token').post('/wallet/ledger/record', { body });
    await shop.post('/account/bob');
    await shop.call('PATCH', '/account/bob', { body: { frozen: 'all' } });
    expect(await record()).toMatchObject({ status: 422, body: { code: 'account-frozen', account: 'bob' } });
    await shop.post('/account/bob/close');
    expect(await record()).toMatchObject({ status: 422, body: { code: 'account-closed', account: 'bob' } });
  });
});
