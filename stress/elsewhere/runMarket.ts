import type { TandemClient } from '../../src/client/tandemClient';
import type { Fault } from '../../test/kit/faultyProxy';
import { eventually, sleep } from '../../test/kit/wait';
import { Findings, type Violation } from '../base/invariants';
import { Random } from '../base/random';
import { auditMarket, buyers } from './audit';
import { Market, type Victim } from './market';
import { MONEY, Orders } from './orders';

export interface MarketOptions {
  readonly seed: string;
  readonly seconds: number;
  readonly clients: number;
}

export interface MarketResult {
  readonly seed: string;
  readonly seconds: number;
  readonly orders: number;
  readonly committed: number;
  readonly aborted: number;
  readonly kills: number;
  readonly pauses: number;
  /** Calls between the services, by what happened to them. */
  readonly calls: Readonly<Record<string, number>>;
  readonly evaluations: number;
  readonly violations: readonly Violation[];
}

const BOOKS = 1_000_000;
/** How long after the last fault every order must have ended and every branch must have got the decision: twice the longest backoff. */
const FINAL_WITHIN_MS = 75_000;
const FAULTS: readonly Fault[] = ['cut', 'answer-lost', 'doubled', 'late'];

/** Runs orders with parts in three services, while each service is killed and paused, and their calls are cut, lost, doubled and late. */
export async function runMarket({ seed, seconds, clients }: MarketOptions, signal: AbortSignal): Promise<MarketResult> {
  const random = new Random(`market/${seed}`);
  const startedMs = performance.now();
  const findings = new Findings(() => performance.now() - startedMs);
  const market = await Market.open(`market-${seed}`, BOOKS);
  try {
    const { here, there } = market.clients();
    await openAccounts(here[0], [...buyers(), 'clearing', 'shop']);
    await openAccounts(there, buyers());
    const orders = new Orders(random.fork('orders'));
    const faults = random.fork('calls');
    market.fault = () => (faults.chance(0.3) ? faults.pick(FAULTS) : 'none');
    let endMs = performance.now() + seconds * 1_000;
    const isOver = (): boolean => signal.aborted || performance.now() >= endMs;
    const loads = Array.from({ length: clients }, async () => {
      while (!isOver()) await orders.carryOut(orders.next(), here, () => endMs + FINAL_WITHIN_MS);
    });
    const counts = await disturb(market.victims(), random.fork('victims'), isOver);
    endMs = Math.min(endMs, performance.now());
    market.fault = () => 'none';
    await Promise.all(loads);
    await untilAtRest(market, findings);
    await market.idle();
    await auditMarket(market, orders, findings, BOOKS);
    const ends = [...orders.told.values()];
    return {
      seed,
      seconds,
      orders: ends.length,
      committed: ends.filter((end) => end === 'committed').length,
      aborted: ends.filter((end) => end === 'aborted').length,
      ...counts,
      calls: Object.fromEntries(market.passed()),
      evaluations: Object.values(findings.evaluations()).reduce((sum, count) => sum + count, 0),
      violations: findings.violations,
    };
  } finally {
    await market.close();
  }
}

async function openAccounts(client: TandemClient | undefined, accounts: readonly string[]): Promise<void> {
  for (const account of accounts) {
    await client?.openAccount(account);
    if (account !== 'shop') await client?.deposit(account, MONEY);
  }
}

/** Kills or pauses one service at a time. All of them run when it is over. */
async function disturb(
  victims: readonly Victim[],
  random: Random,
  isOver: () => boolean,
): Promise<{ readonly kills: number; readonly pauses: number }> {
  let kills = 0;
  let pauses = 0;
  while (!isOver()) {
    await sleep(random.int(200, 1_200));
    if (isOver()) break;
    const victim = random.pick(victims);
    if (random.chance(0.7)) {
      kills += 1;
      await victim.kill();
      await sleep(random.int(0, 1_500));
      await victim.start();
    } else {
      pauses += 1;
      victim.pause();
      await sleep(random.int(500, 4_000));
      victim.resume();
    }
  }
  return { kills, pauses };
}

async function untilAtRest(market: Market, findings: Findings): Promise<void> {
  const pending = `select id from transactions where status not in ('committed', 'aborted')`;
  const none = async (): Promise<true | undefined> =>
    (await market.transactions(pending)).length === 0 ? true : undefined;
  try {
    await eventually('every transaction is final', none, { deadlineMs: FINAL_WITHIN_MS, everyMs: 200 });
  } catch {
    findings.violated('live', `transactions are pending ${FINAL_WITHIN_MS} ms after the last fault`);
  }
}
