import type { Random } from '../base/random';
import { type Operation, PENNILESS, type Posting, type Transfer } from './operation';
import { drawSteps } from './twoSteps';

export interface Generator {
  /** The next operation; undefined when the scenario has no more. */
  next(): Operation | undefined;
  /** The deposit to each account before the load, in order. */
  readonly accounts: readonly { readonly id: string; readonly deposit: number }[];
}

const UNKNOWN_ACCOUNT = 'missing';
const START_BALANCE = 1000;
/** The shares of transfers with several postings, and of transfers in two steps. */
const SEVERAL = 0.3;
const TWO_STEPS = 1 / 3;
/** The share of postings that ask for more than any account has. */
const DOOMED = 0.03;
const POSTINGS_MAX = 5;

export interface BankOptions {
  readonly accounts: number;
  /** This many accounts take part in half of all transfers. */
  readonly hot: number;
}

/**
 * Every account sends and receives: the first transfers go once around the ring of all accounts, and the others go
 * between accounts drawn at random. Some must fail on purpose: too large, to an account that does not exist, or with a
 * deadline that a fault makes them miss.
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
    if (ringAt < options.accounts) return transfer(random, key, copies, [at(ids, ringAt), at(ids, ringAt + 1)]);
    const kind = random.next();
    if (kind < 0.06) return { kind: 'deposit', key, copies, account: draw(), amount: random.int(1, 200) };
    if (kind < 0.1) return { kind: 'withdraw', key, copies, account: draw(), amount: random.int(1, 200) };
    const accounts = [...pair(draw), ...(random.chance(SEVERAL) ? several(random, draw) : [])];
    if (kind < 0.11) accounts[1] = UNKNOWN_ACCOUNT;
    return transfer(random, key, copies, accounts);
  };
  return { next, accounts: ids.map((id) => ({ id, deposit: START_BALANCE })) };
}

/** The largest balance and amount. */
const AMOUNT_MAX = Number.MAX_SAFE_INTEGER;
const PAYERS_WITHOUT_MONEY = 4;

/**
 * Payers without money that ask for everything. The amounts are at the limits, and around the room that an account has
 * below the largest balance. The payees are accounts that other clients use, and one that does not exist.
 */
export function penniless(random: Random, { accounts, hot }: BankOptions): Generator {
  let serial = 0;
  const amount = (): number => {
    const about = random.int(0, 2 * START_BALANCE);
    return random.pick([AMOUNT_MAX, AMOUNT_MAX - about, AMOUNT_MAX - START_BALANCE, 1 + about]);
  };
  const victim = (): string => {
    if (random.chance(0.1)) return UNKNOWN_ACCOUNT;
    return `acc-${random.int(0, (hot > 0 && random.chance(0.7) ? hot : accounts) - 1)}`;
  };
  const next = (): Operation => {
    serial += 1;
    const origin = `${PENNILESS}${random.int(0, PAYERS_WITHOUT_MONEY - 1)}`;
    const sent = transfer(random, `penniless-${serial}`, 1, [origin, victim()]);
    const first = { ...sent.postings[0], amount: amount() };
    const room = AMOUNT_MAX - first.amount;
    const more = random.chance(SEVERAL) && room > 0 && sent.style !== 'path';
    const second = { origin, destination: victim(), amount: Math.min(room, 1 + random.int(0, START_BALANCE)) };
    return { ...sent, postings: more ? [first, second] : [first] };
  };
  return {
    next,
    accounts: Array.from({ length: PAYERS_WITHOUT_MONEY }, (_, index) => ({ id: `${PENNILESS}${index}`, deposit: 0 })),
  };
}

/** 1000 origins with 10 each, 1000 destinations, 1000 transfers of 5. Afterwards every account holds 5. */
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
        postings: [{ origin: `origin-${index}`, destination: `destination-${index}`, amount: 5 }],
        style: 'path',
        aborts: false,
      };
    },
  };
}

/** `accounts` in pairs: payer, then payee. A third of the transfers are in two steps. */
function transfer(random: Random, key: string, copies: number, accounts: readonly string[]): Transfer {
  const postings = postingsOf(random, accounts);
  const how = random.next();
  const twoSteps = random.chance(TWO_STEPS) ? drawSteps(random, postings) : undefined;
  // A race needs at least two deliveries.
  const times = twoSteps?.ending.kind === 'race' ? Math.max(2, copies) : copies;
  const base = { kind: 'transfer', key, copies: times, postings, ...(twoSteps && { twoSteps }) } as const;
  const isPlain = postings.length === 1 && !twoSteps;
  if (isPlain && how < 0.5) return { ...base, style: 'path', aborts: false };
  const deadline = random.chance(0.3) ? { timeoutMs: random.int(50, 1500) } : {};
  if (how < 0.85) return { ...base, style: 'body', aborts: false, ...deadline };
  return { ...base, style: 'async', aborts: !twoSteps && random.chance(0.3), ...deadline };
}

function postingsOf(random: Random, accounts: readonly string[]): Transfer['postings'] {
  const posting = (index: number): Posting => {
    const amount = random.chance(DOOMED) ? random.int(100_000, 200_000) : random.int(1, 100);
    return { origin: at(accounts, 2 * index), destination: at(accounts, 2 * index + 1), amount };
  };
  const rest = Array.from({ length: accounts.length / 2 - 1 }, (_, index) => posting(index + 1));
  return [posting(0), ...rest];
}

/** The accounts of 1 to 4 more postings. They are often accounts that already take part. */
function several(random: Random, draw: () => string): string[] {
  const known = [draw(), draw()];
  const one = (): string => (random.chance(0.5) ? random.pick(known) : draw());
  return Array.from({ length: random.int(1, POSTINGS_MAX - 1) }, () => pair(one, draw)).flat();
}

function at(ids: readonly string[], index: number): string {
  const id = ids[index % ids.length];
  if (id === undefined) throw new Error('no accounts');
  return id;
}

/** Two different accounts. */
function pair(draw: () => string, drawOther = draw): [string, string] {
  const first = draw();
  for (;;) {
    const second = drawOther();
    if (second !== first) return [first, second];
  }
}
