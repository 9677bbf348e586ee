import type { Random } from '../base/random';
import { type Operation, PENNILESS } from './operation';

export interface Generator {
  /** The next operation; undefined when the scenario has no more. */
  next(): Operation | undefined;
  /** What each account gets before the load, in order. */
  readonly accounts: readonly { readonly id: string; readonly deposit: number }[];
}

const UNKNOWN_ACCOUNT = 'nobody';
const START_BALANCE = 1000;

export interface BankOptions {
  readonly accounts: number;
  /** So many accounts take part in half of all transfers. */
  readonly hot: number;
}

/**
 * Every account sends and receives: the first transfers go once around the ring of all accounts, the others between
 * accounts drawn at random. Some are doomed on purpose: too large, to nobody, with a deadline that a fault will miss.
 */
export function bank(random: Random, options: BankOptions): Generator {
  const ids = Array.from({ length: options.accounts }, (_, index) => `acc-${index}`);
  let serial = 0;
  const draw = (): string => {
    const hot = options.hot > 0 && random.chance(0.3);
    return `acc-${random.int(0, (hot ? options.hot : options.accounts) - 1)}`;
  };
  const next = (): Operation => {
    const key = `op-${serial}`;
    const ringAt = serial;
    serial += 1;
    const copies = random.chance(0.05) ? random.int(2, 3) : 1;
    if (ringAt < options.accounts) return transfer(random, key, copies, at(ids, ringAt), at(ids, ringAt + 1));
    const kind = random.next();
    const account = draw();
    if (kind < 0.06) return { kind: 'deposit', key, copies, account, amount: random.int(1, 200) };
    if (kind < 0.1) return { kind: 'withdraw', key, copies, account, amount: random.int(1, 200) };
    if (kind < 0.11) return transfer(random, key, copies, account, UNKNOWN_ACCOUNT);
    return transfer(random, key, copies, account, other(draw, account));
  };
  return { next, accounts: ids.map((id) => ({ id, deposit: START_BALANCE })) };
}

/** The largest balance and amount. */
const AMOUNT_MAX = Number.MAX_SAFE_INTEGER;
const PAYERS_WITHOUT_MONEY = 4;

/**
 * Payers without money that ask for everything: amounts at the limits and around the room that an account may have below
 * the largest balance, to accounts that others use and to nobody.
 */
export function penniless(random: Random, { accounts, hot }: BankOptions): Generator {
  let serial = 0;
  const amount = (): number => {
    const about = random.int(0, 2 * START_BALANCE);
    return random.pick([AMOUNT_MAX, AMOUNT_MAX - about, AMOUNT_MAX - START_BALANCE, 1 + about]);
  };
  const next = (): Operation => {
    serial += 1;
    const victim = `acc-${random.int(0, (hot > 0 && random.chance(0.7) ? hot : accounts) - 1)}`;
    const origin = `${PENNILESS}${random.int(0, PAYERS_WITHOUT_MONEY - 1)}`;
    const destination = random.chance(0.1) ? UNKNOWN_ACCOUNT : victim;
    const sent = transfer(random, `penniless-${serial}`, 1, origin, destination);
    return { ...sent, amount: amount() };
  };
  return {
    next,
    accounts: Array.from({ length: PAYERS_WITHOUT_MONEY }, (_, index) => ({ id: `${PENNILESS}${index}`, deposit: 0 })),
  };
}

/** 1000 origins with 10 each, 1000 destinations, 1000 transfers of 5: afterwards every account holds 5. */
export function endless(accounts: number): Generator {
  const origins = Array.from({ length: accounts }, (_, index) => `origin-${index}`);
  let serial = 0;
  return {
    accounts: origins.flatMap((id, index) => [
      { id, deposit: 10 },
      { id: `destination-${index}`, deposit: 0 },
    ]),
    next: () => {
      const index = serial;
      if (index >= accounts) return undefined;
      serial += 1;
      return {
        kind: 'transfer',
        key: `op-${index}`,
        copies: 1,
        origin: `origin-${index}`,
        destination: `destination-${index}`,
        amount: 5,
        style: 'path',
        aborts: false,
      };
    },
  };
}

function transfer(random: Random, key: string, copies: number, origin: string, destination: string): Operation {
  const amount = random.chance(0.04) ? random.int(100_000, 200_000) : random.int(1, 100);
  const base = { kind: 'transfer', key, copies, origin, destination, amount } as const;
  const how = random.next();
  if (how < 0.5) return { ...base, style: 'path', aborts: false };
  const deadline = random.chance(0.3) ? { timeoutMs: random.int(50, 1500) } : {};
  if (how < 0.85) return { ...base, style: 'body', aborts: false, ...deadline };
  return { ...base, style: 'async', aborts: random.chance(0.3), ...deadline };
}

function at(ids: readonly string[], index: number): string {
  const id = ids[index % ids.length];
  if (id === undefined) throw new Error('no accounts');
  return id;
}

function other(draw: () => string, account: string): string {
  for (;;) {
    const candidate = draw();
    if (candidate !== account) return candidate;
  }
}
