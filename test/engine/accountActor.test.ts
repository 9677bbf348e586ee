import { settled, watch } from '../support/memoryGate';
import { ACCOUNT, AccountHarness } from './accountHarness';

describe('an account actor', () => {
  test('replies only when the write is durable', async () => {
    const harness = AccountHarness.withBalance(10n);
    const gate = harness.holdWrites('after');
    const prepared = harness.prepareDebit('t1', 4n);
    const answer = watch(prepared);
    await settled();
    expect(harness.store.account(ACCOUNT).held).toBe(4n);
    expect(answer.state()).toBe('pending');
    gate.open();
    await expect(prepared).resolves.toMatchObject({ kind: 'done' });
  });

  test('decides the next commands before the write of an earlier one has landed, and writes them together', async () => {
    const harness = AccountHarness.withBalance(10n);
    const gate = harness.holdWrites();
    const first = harness.prepareDebit('t1', 4n);
    await settled();
    const rest = [harness.prepareDebit('t2', 3n), harness.prepareDebit('t3', 3n), harness.commit('t1')];
    await settled();
    expect(harness.store.writes()).toHaveLength(1);
    gate.open();
    const replies = await Promise.all([first, ...rest]);
    expect(replies.map(({ kind }) => kind)).toEqual(['done', 'done', 'done', 'done']);
    expect(harness.written()).toEqual([['BranchPrepared'], ['BranchPrepared', 'BranchPrepared', 'BranchCommitted']]);
    expect(harness.store.account(ACCOUNT)).toMatchObject({ balance: 6n, held: 6n });
  });

  test('has one write in flight at a time', async () => {
    const harness = AccountHarness.withBalance(100n);
    let inFlight = 0;
    let most = 0;
    harness.store.before = async ({ kind }) => {
      if (kind !== 'write') return;
      inFlight += 1;
      most = Math.max(most, inFlight);
      await settled();
    };
    harness.store.after = async ({ kind }) => {
      if (kind === 'write') inFlight -= 1;
    };
    const asks: Promise<unknown>[] = [];
    for (let n = 0; n < 30; n += 1) {
      asks.push(harness.prepareDebit(`t${n}`, 1n));
      if (n % 5 === 0) await settled();
    }
    await Promise.all(asks);
    expect(most).toBe(1);
    expect(harness.store.account(ACCOUNT).held).toBe(30n);
  });

  test('holds what a command in flight will hold: funds are not promised twice', async () => {
    const harness = AccountHarness.withBalance(10n);
    const gate = harness.holdWrites();
    const first = harness.prepareDebit('t1', 8n);
    await settled();
    const second = harness.prepareDebit('t2', 8n);
    await settled();
    gate.open();
    await expect(first).resolves.toMatchObject({ kind: 'done' });
    await expect(second).resolves.toEqual({ kind: 'refused', refusal: { kind: 'insufficient-funds', missing: 6n } });
  });

  test('tells the balance right after each deposit and withdrawal', async () => {
    const harness = AccountHarness.withBalance(10n);
    const gate = harness.holdWrites();
    const replies = [harness.money('Deposit', 5n), harness.money('Withdraw', 7n), harness.money('Deposit', 1n)];
    await settled();
    gate.open();
    expect((await Promise.all(replies)).map((reply) => 'balance' in reply && reply.balance)).toEqual([15n, 8n, 9n]);
  });

  test('answers for an account that does not exist', async () => {
    const harness = new AccountHarness();
    await expect(harness.money('Deposit', 1n)).resolves.toEqual({
      kind: 'refused',
      refusal: { kind: 'account-not-found' },
    });
    await expect(harness.prepareDebit('t1', 1n)).resolves.toMatchObject({ refusal: { kind: 'account-not-found' } });
    await expect(harness.abort('t1')).resolves.toMatchObject({ kind: 'done' });
    await expect(harness.prepareDebit('t1', 1n)).resolves.toMatchObject({ kind: 'refused' });
  });

  test('finds an account that was opened after it was refused', async () => {
    const harness = new AccountHarness();
    await expect(harness.prepareDebit('t1', 1n)).resolves.toMatchObject({ kind: 'refused' });
    await harness.store.open(ACCOUNT);
    await expect(harness.money('Deposit', 5n)).resolves.toMatchObject({ kind: 'done', balance: 5n });
  });

  test('serves a repeated prepare behind its first one, and not before that is durable', async () => {
    const harness = AccountHarness.withBalance(10n);
    const gate = harness.holdWrites();
    const first = harness.prepareDebit('t1', 8n);
    await settled();
    const second = harness.prepareDebit('t1', 8n);
    const answer = watch(second);
    await settled();
    expect(answer.state()).toBe('pending');
    gate.open();
    expect(await first).toMatchObject({ kind: 'done' });
    expect(await second).toMatchObject({ kind: 'done' });
    expect(harness.store.account(ACCOUNT).held).toBe(8n);
  });

  test('abort before prepare in one mailbox leaves the tombstone that refuses the prepare', async () => {
    const harness = AccountHarness.withBalance(10n);
    const gate = harness.holdWrites();
    const aborted = harness.abort('t1');
    const prepared = harness.prepareDebit('t1', 8n);
    await settled();
    gate.open();
    await expect(aborted).resolves.toMatchObject({ kind: 'done' });
    await expect(prepared).resolves.toEqual({ kind: 'refused', refusal: { kind: 'branch-aborted' } });
    expect(harness.store.account(ACCOUNT).held).toBe(0n);
  });
});

describe('the memory of an account actor', () => {
  /** The maps an actor keeps, by name: they must not grow with what is over. */
  const sizes = async (harness: AccountHarness): Promise<Record<string, number>> => {
    const actor = harness.accounts.of(ACCOUNT) as unknown as { behaviour: Record<string, unknown> };
    const found: Record<string, number> = {};
    const visit = (object: Record<string, unknown>): void => {
      for (const [name, value] of Object.entries(object)) {
        if (value instanceof Map || value instanceof Set) found[name] = value.size;
        else if (name === 'requests' || name === 'branches') visit(value as Record<string, unknown>);
      }
    };
    visit(actor.behaviour);
    return found;
  };

  test('forgets what is over: committed, aborted, refused and keyed requests', async () => {
    const harness = AccountHarness.withBalance(100n);
    for (let n = 0; n < 20; n += 1) {
      await harness.prepareDebit(`c${n}`, 1n);
      await harness.commit(`c${n}`);
      await harness.commit(`c${n}`);
      await harness.prepareDebit(`a${n}`, 1n);
      await harness.abort(`a${n}`);
      await harness.abort(`early${n}`);
      await harness.prepareDebit(`early${n}`, 1n);
      await harness.prepareDebit(`much${n}`, 1000n);
      await harness.money('Deposit', 1n);
      await harness.money('Withdraw', 1000n);
    }
    const found = await sizes(harness);
    expect(Object.keys(found).length).toBeGreaterThanOrEqual(2);
    for (const [name, size] of Object.entries(found)) expect({ name, size }).toEqual({ name, size: 0 });
  });
});
