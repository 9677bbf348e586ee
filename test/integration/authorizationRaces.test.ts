import { setTimeout as sleep } from 'node:timers/promises';
import type { TransferQuery, TransferRefusal } from '../../src/domain/transfer';
import type { Decided } from '../../src/engine/transactions/transaction';
import { auditAtRest } from '../support/auditDatabase';
import { RealEngine } from '../support/realEngine';
import { TestDatabase } from '../support/testDatabase';
import { transactionId } from '../support/transactionId';

const ROUNDS = 40;
const AMOUNT = 50n;
const EXPIRES_IN_MS = 120;

type Outcome = Decided<TransferQuery, TransferRefusal>;

let database: TestDatabase;
let engines: readonly [RealEngine, RealEngine];

beforeAll(async () => {
  database = await TestDatabase.create();
  const engine = () => RealEngine.on(database, undefined, { DRIVE: 'process' });
  engines = [engine(), engine()];
  for (const account of ['guest', 'hotel', 'city']) await engines[0].open(account, 10_000n);
});

afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.close()));
  await database.drop();
});

/** Two postings, so that a capture can be told from another by what it moved of each. */
const QUERY: TransferQuery = {
  postings: [
    { origin: 'guest', destination: 'hotel', amount: AMOUNT },
    { origin: 'guest', destination: 'city', amount: AMOUNT },
  ],
  capture: 'manual',
};

async function authorize(expiresInMs: number): Promise<string> {
  const id = transactionId();
  const options = { askedFirst: 1, timeoutMs: 20_000, expiresInMs };
  const creation = await engines[0].engine.coordinator.create(id, QUERY, ['guest', 'hotel', 'city'], options);
  if (creation.kind === 'key-reused') throw new Error('there was no key');
  expect(creation.transaction.record.state.status).toBe('authorized');
  return id;
}

async function found(engine: RealEngine, id: string) {
  const transaction = await engine.engine.coordinator.get(id);
  if (!transaction) throw new Error(`no transaction ${id}`);
  return transaction;
}

const capture = async (engine: RealEngine, id: string, amounts: readonly [bigint, bigint]): Promise<Outcome> =>
  (await found(engine, id)).capture({ ...QUERY, captured: amounts });
const giveBack = async (engine: RealEngine, id: string): Promise<Outcome> => (await found(engine, id)).void('no show');
const sweep = (engine: RealEngine, id: string) => engine.engine.drives.drive([id], { repeats: false });

interface Ended {
  readonly status: string;
  readonly reason: { readonly kind: string } | null;
  readonly captured: readonly string[] | null;
  readonly in_time: boolean;
}

async function ended(id: string): Promise<Ended> {
  for (const engine of engines) await engine.engine.drives.drained();
  const [row] = await database.query<Ended>(
    `select status, reason, query->'captured' as captured, decided_at < expires_at as in_time from transactions where id = $1`,
    [id],
  );
  if (!row) throw new Error(`no transaction ${id}`);
  return row;
}

/** Captures and sweeps that come within milliseconds of the expiry, some before and some after it. */
async function expire(
  round: number,
  earlyMs: number,
  expiresInMs: number,
): Promise<{ id: string; outcomes: readonly Outcome[] }> {
  const id = await authorize(expiresInMs);
  const at = async <T>(ms: number, task: () => Promise<T>): Promise<T> => {
    await sleep(Math.max(0, expiresInMs + ms));
    return task();
  };
  const [first, second] = await Promise.all([
    at(round - earlyMs, () => capture(engines[0], id, [7n, 7n])),
    at(round % 7, () => capture(engines[1], id, [8n, 8n])),
    at(round % 5, () => sweep(engines[1], id)),
    at(20, () => sweep(engines[0], id)),
  ]);
  return { id, outcomes: [first, second] };
}

const WHY = { voided: 'already-voided', expired: 'authorization-expired' } as const;

/** One of them won at most, the record says who, and all others were told so. */
function expectTruth(outcomes: readonly Outcome[], end: Ended): void {
  const won = outcomes.filter(({ kind }) => kind === 'decided');
  const told = new Set(outcomes.flatMap((outcome) => (outcome.kind === 'refused' ? [outcome.refusal.kind] : [])));
  const why = end.status === 'committed' ? 'already-captured' : WHY[end.reason?.kind as keyof typeof WHY];
  expect(won).toHaveLength(why === 'authorization-expired' ? 0 : 1);
  expect([...told]).toEqual(won.length === outcomes.length ? [] : [why]);
  if (end.status === 'committed') expect(end.in_time).toBe(true);
}

describe('two processes that decide one authorization at the same instant', () => {
  test('by captures of different amounts: one moves its own, the other is told', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = await authorize(60_000);
      const outcomes = await Promise.all([capture(engines[0], id, [1n, 9n]), capture(engines[1], id, [9n, 1n])]);
      const end = await ended(id);
      expectTruth(outcomes, end);
      expect(end.captured?.map(Number)).toEqual(outcomes[0]?.kind === 'decided' ? [1, 9] : [9, 1]);
    }
  });

  test('by a capture and a void: one of the two, and no hold is left or spent twice', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const id = await authorize(60_000);
      const [one, other] = round % 2 === 0 ? engines : engines.toReversed();
      const outcomes = await Promise.all([
        capture(one ?? engines[0], id, [5n, 0n]),
        giveBack(other ?? engines[1], id),
        giveBack(one ?? engines[0], id),
      ]);
      expectTruth(outcomes, await ended(id));
    }
  });

  test('by a capture, and the expiry as a sweep sees it: never captured after its instant', async () => {
    const seen = { captured: 0, expired: 0 };
    // The more a machine is late, the earlier the captures have to set out for some to arrive in time.
    for (let earlyMs = 10; seen.captured === 0 || seen.expired === 0; earlyMs *= 2) {
      // An authorization has to outlive its own answer, too.
      const expiresInMs = EXPIRES_IN_MS + 4 * earlyMs;
      const ids = await Promise.all(Array.from({ length: ROUNDS }, (_, round) => expire(round, earlyMs, expiresInMs)));
      for (const { outcomes, id } of ids) {
        const end = await ended(id);
        expectTruth(outcomes, end);
        seen[end.status === 'committed' ? 'captured' : 'expired'] += 1;
      }
    }
  });

  afterAll(async () => {
    expect(await auditAtRest(database)).toEqual({ total: 30_000n, accounts: 3 });
  });
});
