import type { PostgresAccountStore } from '../../src/adapters/postgres/accountStore';
import type { AccountEntry } from '../../src/engine/ports';
import { RealEngine } from '../support/realEngine';
import { TestDatabase } from '../support/testDatabase';
import { transactionId } from '../support/transactionId';

let database: TestDatabase;
let engine: RealEngine;
let store: PostgresAccountStore;

beforeAll(async () => {
  database = await TestDatabase.create();
  engine = RealEngine.on(database);
  store = engine.engine.accountStore;
});

afterAll(async () => {
  await engine.close();
  await database.drop();
});

const prepared = (id: string, amount: bigint): AccountEntry => ({
  event: { type: 'BranchPrepared', transactionId: id, direction: 'debit', amount },
});
const committed = (id: string, amount: bigint): AccountEntry => ({
  event: { type: 'BranchCommitted', transactionId: id, direction: 'debit', amount },
});
const deposited = (amount: bigint, key: string): AccountEntry => ({
  event: { type: 'MoneyDeposited', amount },
  operation: { scope: 's', key, fingerprint: `${amount}` },
});

describe('a write of the account store', () => {
  test('lets one key, used for two accounts in one statement, hold up nobody', async () => {
    await engine.open('key-a', 0n);
    await engine.open('key-b', 0n);
    const [first, second] = await Promise.all([
      store.write('key-a', [deposited(1n, 'shared')]),
      store.write('key-b', [deposited(1n, 'shared')]),
    ]);
    expect(first.outcomes).toEqual([{ kind: 'applied', balance: 1n, held: 0n }]);
    expect(second.outcomes).toEqual([{ kind: 'branch-differs', branch: undefined }]);
    const [again] = (await store.write('key-b', [deposited(1n, 'shared')])).outcomes;
    expect(again).toMatchObject({ kind: 'key-taken' });
  });

  test('applies a move of a branch once, however often it comes in one statement', async () => {
    await engine.open('a', 100n);
    const id = transactionId();
    const first = await store.write('a', [prepared(id, 30n), prepared(id, 30n)]);
    expect(first.outcomes).toEqual([
      { kind: 'applied', balance: 100n, held: 30n },
      { kind: 'branch-differs', branch: undefined },
    ]);
    const second = await store.write('a', [committed(id, 30n), committed(id, 30n)]);
    expect(second.outcomes.map(({ kind }) => kind)).toEqual(['applied', 'branch-differs']);
    expect(second.account.state).toEqual({ status: 'open', balance: 70n, held: 0n, incoming: 0n });
  });

  test('applies the same move of two writers in one flush once', async () => {
    await engine.open('b', 100n);
    const id = transactionId();
    const writes = await Promise.all([store.write('b', [prepared(id, 30n)]), store.write('b', [prepared(id, 30n)])]);
    expect(new Set(writes.map(({ outcomes }) => outcomes[0]?.kind))).toEqual(new Set(['applied', 'branch-differs']));
    expect((await store.load('b')).state).toEqual({ status: 'open', balance: 100n, held: 30n, incoming: 0n });
  });

  test('uses a key once for two writers in one flush', async () => {
    await engine.open('c', 0n);
    const writes = await Promise.all([
      store.write('c', [deposited(5n, 'same key')]),
      store.write('c', [deposited(5n, 'same key')]),
    ]);
    expect(writes.filter(({ outcomes }) => outcomes[0]?.kind === 'applied')).toHaveLength(1);
    const [again] = (await store.write('c', [deposited(5n, 'same key')])).outcomes;
    expect(again).toMatchObject({ kind: 'key-taken', answer: { kind: 'accepted', balance: 5n } });
    expect((await store.load('c')).state).toMatchObject({ balance: 5n });
  });

  test('leaves the whole write of an account out when it does not fit, and writes the others', async () => {
    await engine.open('d', 10n);
    await engine.open('e', 10n);
    const [id, other] = [transactionId(), transactionId()];
    const [left, written] = await Promise.all([
      store.write('d', [deposited(1n, 'left out'), prepared(id, 12n)]),
      store.write('e', [prepared(other, 10n)]),
    ]);
    expect(left?.outcomes).toEqual([{ kind: 'stale' }, { kind: 'stale' }]);
    expect(left?.account.state).toMatchObject({ balance: 10n, held: 0n });
    expect(written?.outcomes).toEqual([{ kind: 'applied', balance: 10n, held: 10n }]);
    const rows = await database.query('select from account_branches where transaction_id = $1', [id]);
    expect(rows).toEqual([]);
  });

  test('a version counts the writes of a row, so that the newer state is known', async () => {
    await engine.open('f', 10n);
    const { version } = await store.load('f');
    const written = await store.write('f', [deposited(1n, 'version')]);
    expect(written.account.version).toBe(version + 1n);
    expect(await store.load('f')).toEqual(written.account);
  });
});
