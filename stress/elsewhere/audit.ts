import type { TandemClient } from '../../src/client/tandemClient';
import type { Findings } from '../base/invariants';
import type { Market } from './market';
import { BUYERS, MONEY, type Orders } from './orders';

interface Row {
  readonly id: string;
  readonly key: string;
  readonly status: string;
  readonly query: {
    readonly postings: readonly { readonly origin: string; readonly destination: string; readonly amount: number }[];
    readonly participants?: readonly { readonly participant: string; readonly payload: Payload }[];
  };
}

interface Payload {
  readonly quantity?: number;
  readonly account?: string;
  readonly direction?: 'debit' | 'credit';
  readonly amount?: number;
}

/** Compares, at rest, what the two Tandems, the stock service and the clients say of every transaction. */
export async function auditMarket(
  market: Market,
  orders: Orders,
  findings: Findings,
  booksAtFirst: number,
): Promise<void> {
  const rows = (await market.transactions(
    `select t.id::text as id, k.key, t.status, t.query from transactions t join idempotency_keys k on k.transaction_id = t.id`,
  )) as unknown as readonly Row[];
  for (const { id, status } of rows)
    findings.check('live', status === 'committed' || status === 'aborted', () => `${id} is ${status} at rest`);
  acknowledged(rows, orders, findings);
  await compareStock(market, rows, findings, booksAtFirst);
  const { here, there } = market.clients();
  const [client] = here;
  if (!client) throw new Error('no process coordinates');
  await compareBalances(client, expectedHere(rows), findings, 'here');
  await compareBalances(there, expectedThere(rows), findings, 'there');
}

function acknowledged(rows: readonly Row[], { told, unexpected }: Orders, findings: Findings): void {
  const statuses = new Map(rows.map(({ key, status }) => [key, status]));
  for (const [key, end] of told) {
    const status = statuses.get(key);
    if (end === 'unknown') findings.violated('resolved', `${key} has no known end; it is ${String(status)}`);
    else findings.check('acknowledged', status === end, () => `${key} was told to be ${end} and is ${String(status)}`);
  }
  findings.check('idempotent', statuses.size === rows.length, () => 'one key has begun two transactions');
  for (const answer of unexpected) findings.violated('contract', answer);
}

/** Checks that the participant's books and this service's agree for every transaction. */
async function compareStock(
  market: Market,
  rows: readonly Row[],
  findings: Findings,
  booksAtFirst: number,
): Promise<void> {
  const branches = await market.books('select transaction, state, quantity from branches');
  const states = new Map(branches.map(({ transaction, state }) => [String(transaction), String(state)]));
  let sold = 0;
  for (const { id, status, query } of rows) {
    const part = query.participants?.find(({ participant }) => participant === 'stock');
    if (!part) continue;
    if (status === 'committed') sold += part.payload.quantity ?? 0;
    const state = states.get(id);
    findings.check('atomic', state === status, () => `${id} is ${status}, its branch in the stock ${String(state)}`);
    states.delete(id);
  }
  findings.check(
    'atomic',
    states.size === 0,
    () => `the stock has branches of ${states.size} transactions unknown here`,
  );
  const [shelf] = await market.books(`select available, reserved from shelf where item = 'book'`);
  const left = booksAtFirst - sold;
  const says = JSON.stringify(shelf);
  findings.check('conserved', shelf?.['available'] === left, () => `the shelf should have ${left}: ${says}`);
  findings.check('holds', shelf?.['reserved'] === 0, () => `books are reserved at rest: ${says}`);
}

function expectedHere(rows: readonly Row[]): Map<string, number> {
  const expected = new Map([...buyers(), 'clearing'].map((account) => [account, MONEY]));
  expected.set('shop', 0);
  for (const { status, query } of rows) {
    if (status !== 'committed') continue;
    for (const { origin, destination, amount } of query.postings) {
      add(expected, origin, -amount);
      add(expected, destination, amount);
    }
  }
  return expected;
}

function expectedThere(rows: readonly Row[]): Map<string, number> {
  const expected = new Map(buyers().map((account) => [account, MONEY]));
  for (const { status, query } of rows) {
    if (status !== 'committed') continue;
    for (const { participant, payload } of query.participants ?? []) {
      const { account, direction, amount = 0 } = payload;
      if (participant === 'there' && account !== undefined)
        add(expected, account, direction === 'debit' ? -amount : amount);
    }
  }
  return expected;
}

async function compareBalances(
  client: TandemClient,
  expected: ReadonlyMap<string, number>,
  findings: Findings,
  where: string,
): Promise<void> {
  for (const [account, amount] of expected) {
    const answer = await client.balance(account);
    const seen = answer.ok ? answer.value : undefined;
    findings.check(
      'conserved',
      seen?.balance === amount,
      () => `${where}, ${account} should have ${amount}: ${JSON.stringify(seen)}`,
    );
    const isFree = seen?.held === 0 && seen.incoming === 0;
    findings.check('holds', isFree, () => `${where}, ${account} has promises at rest: ${JSON.stringify(seen)}`);
  }
}

export const buyers = (): readonly string[] => Array.from({ length: BUYERS }, (_, n) => `buyer-${n + 1}`);

const add = (sums: Map<string, number>, account: string, amount: number): void => {
  sums.set(account, (sums.get(account) ?? 0) + amount);
};
