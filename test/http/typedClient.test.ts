import { TandemClient } from '../../src/client/tandemClient';
import { WholeService } from './serviceHarness';

describe('the typed client', () => {
  let service: WholeService;

  beforeAll(async () => {
    service = await WholeService.start();
  });

  afterAll(() => service.stop());

  it('moves money and looks back, with refusals as values', async () => {
    const client = new TandemClient(service.client.url);
    await client.openAccount('alice');
    await client.openAccount('bob');
    expect(await client.deposit('alice', 100, { idempotencyKey: 'd' })).toMatchObject({ ok: true, replayed: false });
    expect(await client.deposit('alice', 100, { idempotencyKey: 'd' })).toMatchObject({
      ok: true,
      replayed: true,
      value: { balance: 100 },
    });
    const moved = await client.transfer({ origin: 'alice', destination: 'bob', amount: 30 });
    if (!moved.ok) throw new Error(moved.problem.detail);
    expect(moved.value.status).toBe('committed');
    const refused = await client.transfer({ origin: 'alice', destination: 'bob', amount: 71 });
    expect(refused).toMatchObject({ ok: false, status: 422, problem: { code: 'insufficient-funds', missing: 1 } });
    expect(await client.getTransfer(moved.value.id)).toMatchObject({ ok: true, value: { amount: 30 } });
    expect(await client.abortTransfer(moved.value.id)).toMatchObject({ problem: { code: 'too-late-to-abort' } });
    expect(await client.transfers({ status: 'committed', limit: 5 })).toMatchObject({
      value: { items: [{ id: moved.value.id }], nextCursor: null },
    });
    expect(await client.entries('bob')).toMatchObject({ value: { items: [{ kind: 'transfer-in', amount: 30 }] } });
    const alice = new TandemClient(service.client.url, 'alice-token');
    expect(await alice.walletBalance()).toMatchObject({ value: { ownerId: 'alice', balance: 70 } });
    expect(await alice.walletDeposit(5)).toMatchObject({ value: { accepted: true, balance: 75 } });
    expect(await alice.ledger()).toMatchObject({ value: { depositCents: 105, depositCount: 2 } });
    expect(await alice.ledgerEntries(1)).toMatchObject({ value: { count: 1 } });
    expect(await alice.balance('bob')).toMatchObject({ ok: false, status: 404 });
    const later = await client.transfer({ origin: 'bob', destination: 'alice', amount: 1 }, { respondAsync: true });
    expect(later).toMatchObject({ ok: true, status: 202 });
  });
});
