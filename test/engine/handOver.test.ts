import type { CommandWork } from '../../src/engine/accounts/accountCommands';
import type { AccountReply } from '../../src/engine/accounts/commandUnit';
import { OverloadedError } from '../../src/engine/faults';
import type { HandedOver } from '../../src/engine/handOver';
import type { NewTransaction } from '../../src/engine/journal/entries';
import type { CreationReply } from '../../src/engine/transactions/coordinator';
import { balanceIn, beside, type Process, posting, processWith, type Query, type Refusal } from './bank';

type Work = NewTransaction<Query, Refusal>;
type Told = CreationReply<Query, Refusal>;

/** A process that leads, and one that hands over to it. `lose` says what becomes of the leader's answer. */
function pair(balances: Readonly<Record<string, bigint>>) {
  const leader = processWith(balances);
  const follower = beside(leader);
  follower.leads = false;
  const late: (() => Promise<unknown>)[] = [];
  /** The leader does the work, and its answer arrives. */
  const answers = {
    create: async (work: Work): Promise<HandedOver<Told>> => ({
      kind: 'answered',
      answer: await leader.coordinator.createFor(work),
    }),
    command: async (work: CommandWork): Promise<HandedOver<AccountReply>> => ({
      kind: 'answered',
      answer: await leader.commands.carryOut(work),
    }),
  };
  return {
    leader,
    follower,
    answers: () => {
      follower.handOvers = answers;
    },
    /** The leader does the work, and its answer is lost. */
    losesAnswers: () => {
      follower.handOvers = {
        create: async (work) => {
          await answers.create(work);
          return { kind: 'lost' };
        },
        command: async (work) => {
          await answers.command(work);
          return { kind: 'lost' };
        },
      };
    },
    /** The leader is paused with the work before it, and does it when `wakes` is called. */
    pauses: () => {
      follower.handOvers = {
        create: (work) => {
          late.push(() => leader.coordinator.createFor(work));
          return Promise.resolve({ kind: 'lost' });
        },
        command: (work) => {
          late.push(() => leader.commands.carryOut(work));
          return Promise.resolve({ kind: 'lost' });
        },
      };
    },
    wakes: () => Promise.all(late.splice(0).map((work) => work())),
    declines: () => {
      follower.handOvers = {
        create: () => Promise.resolve({ kind: 'declined' }),
        command: () => Promise.resolve({ kind: 'declined' }),
      };
    },
  };
}

const kindsOf = (process: Process, account: string): readonly string[] =>
  (process.database.journals.get(account) ?? []).map(({ kind }) => kind);
const count = (process: Process, account: string, kind: string): number =>
  kindsOf(process, account).filter((each) => each === kind).length;

const KEY = { scope: 's', key: 'k', fingerprint: 'f' };

describe('work that the leader does', () => {
  test('is answered with its record, and the process that handed it over writes nothing', async () => {
    const { follower, answers } = pair({ a: 10n, b: 0n });
    answers();
    const transaction = await follower.created([posting('a', 'b', 4n)]);
    expect(transaction.record.state.status).toBe('committed');
    await expect(transaction.pollForFinalStatus({ timeoutMs: 0 })).resolves.toMatchObject({
      state: { status: 'committed' },
    });
    await expect(follower.deposit('b', 1n)).resolves.toMatchObject({ kind: 'accepted', balance: 5n });
    expect(follower.appends).toEqual([]);
    expect(follower.wakeUps.drives).toEqual([]);
  });

  test('is refused, and a used key told, as it is without handing over', async () => {
    const { follower, answers } = pair({ a: 10n, b: 0n });
    answers();
    const refused = await follower.created([posting('a', 'b', 11n)]);
    expect(refused.record.state).toMatchObject({ status: 'aborted', reason: { kind: 'branches' } });
    await follower.transfer([posting('a', 'b', 1n)], { key: KEY });
    const again = await follower.transfer([posting('a', 'b', 1n)], { key: KEY });
    expect(again.kind).toBe('replayed');
    const reused = await follower.transfer([posting('a', 'b', 2n)], { key: { ...KEY, fingerprint: 'other' } });
    expect(reused).toEqual({ kind: 'key-reused' });
  });
});

describe('work whose answer is lost', () => {
  test('a transfer is found by its id, and is not told as a repetition', async () => {
    const { follower, losesAnswers } = pair({ a: 10n, b: 0n });
    losesAnswers();
    const plain = await follower.transfer([posting('a', 'b', 4n)]);
    const keyed = await follower.transfer([posting('a', 'b', 1n)], { key: KEY });
    for (const creation of [plain, keyed]) {
      expect(creation).toMatchObject({ kind: 'created', transaction: { record: { state: { status: 'committed' } } } });
    }
    expect([balanceIn(follower, 'a'), balanceIn(follower, 'b')]).toEqual([5n, 5n]);
    expect(count(follower, 'a', 'spend')).toBe(2);
  });

  test("a deposit is found by its key, the service's own or a client's, and counts once", async () => {
    const { follower, losesAnswers } = pair({ a: 0n });
    losesAnswers();
    const own = await follower.deposit('a', 4n);
    expect(own).toMatchObject({ kind: 'accepted', balance: 4n, replayed: false });
    await expect(follower.deposit('a', 3n, 'k')).resolves.toMatchObject({ kind: 'accepted', balance: 7n });
    expect(count(follower, 'a', 'deposit')).toBe(2);
  });
});

describe('work that a paused leader does after another process has done it', () => {
  test('a transfer moves money once, no matter which process finishes it', async () => {
    const { leader, follower, pauses, wakes } = pair({ a: 10n, b: 0n });
    pauses();
    const { id, record } = await follower.created([posting('a', 'b', 4n)]);
    expect(record.state.status).toBe('preparing');
    await expect(wakes()).resolves.toMatchObject([{ kind: 'created', record: { state: { id } } }]);
    await leader.drives.drive([id], { repeats: false });
    expect(leader.statuses(id).at(-1)).toBe('committed');
    expect([balanceIn(leader, 'a'), balanceIn(leader, 'b')]).toEqual([6n, 4n]);
    expect(count(leader, 'a', 'spend')).toBe(1);
  });

  test('a deposit counts once', async () => {
    const { leader, follower, pauses, wakes } = pair({ a: 1n });
    await leader.deposit('a', 1n);
    pauses();
    await expect(follower.deposit('a', 4n)).resolves.toMatchObject({ kind: 'accepted', balance: 6n });
    await expect(wakes()).resolves.toMatchObject([{ kind: 'accepted', balance: 6n }]);
    expect(balanceIn(leader, 'a')).toBe(6n);
    expect(count(leader, 'a', 'deposit')).toBe(3);
  });

  test('a refusal that was told stays one, even if the account could accept by then', async () => {
    const { leader, follower, pauses, wakes } = pair({ a: 1n });
    pauses();
    await expect(follower.withdraw('a', 5n)).resolves.toMatchObject({ kind: 'refused' });
    await leader.deposit('a', 100n);
    await expect(wakes()).resolves.toMatchObject([{ kind: 'refused' }]);
    expect(balanceIn(leader, 'a')).toBe(101n);
  });
});

describe('work that can be done nowhere', () => {
  test('has not begun if the leader declined it', async () => {
    const { follower, declines } = pair({ a: 10n, b: 0n });
    declines();
    follower.wakeUps.behind = true;
    await expect(follower.transfer([posting('a', 'b', 4n)])).rejects.toThrow(OverloadedError);
  });

  test('has an unknown outcome if the answer was lost', async () => {
    const { follower, pauses } = pair({ a: 10n, b: 0n });
    pauses();
    follower.wakeUps.behind = true;
    await expect(follower.transfer([posting('a', 'b', 4n)])).rejects.toMatchObject({ outcome: 'unknown' });
  });
});
