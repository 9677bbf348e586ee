import * as fc from 'fast-check';
import { replay } from '../../src/domain/account/evolve';
import type { TransferQuery } from '../../src/domain/transfer';
import type { AccountReply } from '../../src/engine/accounts/commandUnit';
import { UnavailableError } from '../../src/engine/faults';
import { eventOf } from '../support/memoryDatabase';
import { accountIn, beside, type Process, posting, processWith } from './bank';

type Ask =
  | { readonly what: 'prepare' | 'commit' | 'abort'; readonly transaction: number }
  | { readonly what: 'deposit' | 'withdraw'; readonly key: number | undefined };

interface Sent {
  readonly ask: Ask;
  readonly process: number;
}

const asks: fc.Arbitrary<Sent[]> = fc.array(
  fc.record({
    process: fc.nat(1),
    ask: fc.oneof(
      fc.record({
        what: fc.constantFrom('prepare' as const, 'prepare' as const, 'commit' as const, 'abort' as const),
        transaction: fc.nat(4),
      }),
      fc.record({
        what: fc.constantFrom('deposit' as const, 'withdraw' as const),
        key: fc.option(fc.nat(2), { nil: undefined }),
      }),
    ),
  }),
  { minLength: 1, maxLength: 24 },
);

const AMOUNT = 7n;
const FUNDS = 20n;
const CALLS_MAX = 2_000;
const QUERY: TransferQuery = { postings: [posting('a', 'b', AMOUNT)] };

type Answer = AccountReply | { readonly kind: 'vote' | 'done'; readonly vote?: string };
type Fault = 'no' | 'before' | 'after';

async function tell(process: Process, { what, ...of }: Ask): Promise<Answer> {
  if ('key' in of) {
    const key = of.key === undefined ? undefined : `${what} ${of.key}`;
    return what === 'deposit' ? process.deposit('a', AMOUNT, key) : process.withdraw('a', AMOUNT, key);
  }
  const id = `t${of.transaction}`;
  const branch = process.branches.of('a');
  if (what === 'prepare') return { kind: 'vote', vote: (await branch.prepare(id, QUERY)).kind };
  await (what === 'commit' ? branch.commit(id, QUERY) : branch.abort(id, { kind: 'timeout' }));
  return { kind: 'done' };
}

/**
 * Two processes, each with an actor for the same account, over one database. fast-check chooses the order in which
 * calls take effect and return. `failing` lets some calls fail, before or after they took effect.
 */
async function race(s: fc.Scheduler, sent: readonly Sent[], failing: (n: number) => Fault) {
  const here = processWith({ a: FUNDS });
  const processes = [here, beside(here)];
  let calls = 0;
  const turn = async (where: 'before' | 'after', n: number): Promise<void> => {
    await s.schedule(Promise.resolve(), `${where} ${n}`);
    if (failing(n) === where) throw new UnavailableError('away', 'unknown');
  };
  for (const { journal } of processes) {
    journal.before = () => {
      calls += 1;
      if (calls > CALLS_MAX) throw new Error('the store is asked without end');
      return turn('before', calls);
    };
    journal.after = () => turn('after', calls);
  }
  const answers = sent.map(async ({ ask, process }) => {
    await s.schedule(Promise.resolve(), JSON.stringify({ ask, process }));
    return tell(processes[process] ?? here, ask);
  });
  const outcomes = await s.waitFor(Promise.allSettled(answers));
  return { here, outcomes };
}

/** Every answer matches the database: a vote to commit has its hold, and a completed branch has ended. */
function expectTrue(process: Process, sent: readonly Sent[], outcomes: readonly PromiseSettledResult<Answer>[]): void {
  for (const [index, { ask }] of sent.entries()) {
    const outcome = outcomes[index];
    if (outcome?.status !== 'fulfilled' || !('transaction' in ask)) continue;
    const state = process.database.branch('a', `t${ask.transaction}`)?.state;
    if ('vote' in outcome.value && outcome.value.vote === 'commit') expect(state).toBeDefined();
    if (ask.what === 'commit') expect(state).toBe('committed');
    if (ask.what === 'abort') expect(state).toBe('aborted');
  }
}

/** The sum of the journal equals its last row, and each branch ended in one way only. */
function expectSound(process: Process): void {
  const journal = process.database.journal('a');
  const { account, branches } = replay(journal.map(eventOf));
  expect(account).toEqual(accountIn(process, 'a'));
  const { balance, held, incoming } = accountIn(process, 'a');
  expect(journal.at(-1)).toMatchObject({ balance, held, incoming, seq: journal.length });
  const prepared = [...branches.values()].filter(({ state }) => state === 'prepared').length;
  expect([held, incoming]).toEqual([AMOUNT * BigInt(prepared), 0n]);
  expect(balance >= held).toBe(true);
  for (const id of branches.keys()) {
    const way = journal.filter(({ transactionId }) => transactionId === id).map(({ kind }) => kind);
    expect(['hold', 'hold spend', 'hold release', 'tombstone']).toContain(way.join(' '));
  }
}

/** Each accepted deposit or withdrawal is in the journal once, by key if it has one. */
function expectEachOnce(process: Process, sent: readonly Sent[], outcomes: readonly PromiseSettledResult<Answer>[]) {
  for (const what of ['deposit', 'withdraw'] as const) {
    const accepted = sent.flatMap(({ ask }, index) => {
      const outcome = outcomes[index];
      const isAccepted = outcome?.status === 'fulfilled' && outcome.value.kind === 'accepted';
      return ask.what === what && 'key' in ask && isAccepted ? [ask.key ?? `own ${index}`] : [];
    });
    const made = process.database.journal('a').filter(({ kind, seq }) => kind === what && seq > 2);
    const unsure = sent.filter(({ ask }, index) => ask.what === what && outcomes[index]?.status === 'rejected').length;
    expect(made.length).toBeGreaterThanOrEqual(new Set(accepted).size);
    expect(made.length).toBeLessThanOrEqual(new Set(accepted).size + unsure);
  }
}

describe('two processes with an actor for the same account', () => {
  test('answer only what is true in the database, in any interleaving', async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), asks, async (s, sent) => {
        const { here, outcomes } = await race(s, sent, () => 'no');
        expectTrue(here, sent, outcomes);
        expectSound(here);
        expectEachOnce(here, sent, outcomes);
        for (const [index, { ask }] of sent.entries()) {
          // Only requests that no correct coordinator makes are errors: a commit without its prepare, or an end after
          // the opposite end.
          if (ask.what !== 'commit' && ask.what !== 'abort') expect(outcomes[index]?.status).toBe('fulfilled');
        }
      }),
      { numRuns: 200 },
    );
  });

  test('answer only what is true when calls fail before or after they took effect', async () => {
    const faults = fc.infiniteStream(fc.constantFrom<Fault>('no', 'no', 'no', 'before', 'after'));
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), asks, faults, async (s, sent, stream) => {
        const plan = [...stream.take(400)];
        const { here, outcomes } = await race(s, sent, (n) => plan[n] ?? 'no');
        expectTrue(here, sent, outcomes);
        expectSound(here);
        expectEachOnce(here, sent, outcomes);
      }),
      { numRuns: 200 },
    );
  });

  test('refuse nothing for funds that the account had all the time', async () => {
    const prepares = fc.array(fc.record({ process: fc.nat(1), transaction: fc.nat(1) }), { maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), prepares, async (s, drawn) => {
        // Two transactions of 7 fit into 20, regardless of how often and where they are prepared.
        const sent = drawn.map(({ process, transaction }) => ({
          process,
          ask: { what: 'prepare' as const, transaction },
        }));
        const { outcomes } = await race(s, sent, () => 'no');
        for (const outcome of outcomes) expect(outcome).toMatchObject({ value: { kind: 'vote', vote: 'commit' } });
      }),
      { numRuns: 150 },
    );
  });
});
