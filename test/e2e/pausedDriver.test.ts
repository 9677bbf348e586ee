import { STEP_BY_STEP } from '../kit/serviceProcess';
import { eventually } from '../kit/wait';
import { auditAtRest } from '../support/auditDatabase';
import { type Answer, BankClient } from '../support/bankClient';
import { untilStopped } from '../support/testService';
import { useServices } from '../support/useServices';

const DEADLINE_MS = 2_500;
/** One write a flush, and each call by itself: only so is there a window between any two writes. */
const SETTINGS = { GROUP_COMMIT_ROWS_MAX: '1', ...STEP_BY_STEP, TRANSFER_TIMEOUT_MS: String(DEADLINE_MS) };

const kit = useServices({ ...SETTINGS });

describe('a driver that is paused past the deadline and then wakes', () => {
  test.each([
    ['created', 'its late prepares meet the tombstones'],
    ['one-prepared', 'its hold is gone and stays gone'],
    ['prepared', 'its late decision loses the compare-and-set'],
  ] as const)('at %s: another process aborts during the pause, %s', async (point, _why) => {
    const [alice, bob] = [`alice-${point}`, `bob-${point}`];
    const paused = await kit.services.start({}, { point, hit: 1, action: 'stop' });
    const here = new BankClient(paused.baseUrl);
    await here.open(alice, 100);
    await here.open(bob);
    const answering: Promise<Answer> = here.post(`/account/${alice}/transfer/to/${bob}/30`);
    await untilStopped(kit.services, paused);
    await untilDeadline(alice);

    const other = await kit.services.start();
    const there = new BankClient(other.baseUrl);
    const id = await transferOf(alice);
    const aborted = await there.finalTransfer(id);
    expect(aborted).toMatchObject({ status: 'aborted', reason: { kind: 'timeout' } });
    await auditAtRest(kit.database);

    paused.resume();
    const answer = await answering;
    expect([answer.status, answer.body['code']]).toEqual([504, 'transfer-timed-out']);
    expect(await here.get(`/transfers/${id}`)).toMatchObject({ body: aborted });
    expect(await there.balance(alice)).toEqual({ balance: 100, held: 0 });
    expect(await there.balance(bob)).toEqual({ balance: 0, held: 0 });
    await auditAtRest(kit.database);
    expect(await Promise.all([paused.terminate(10_000), other.terminate(10_000)])).toEqual([0, 0]);
  });
});

// One statement has no window between the decision and the end.
test.each(['jobs', 'process'])(
  'a leader with DRIVE=%s that goes step by step and is paused once its decision is durable loses nothing: another process commits',
  async (drive) => {
    const [alice, bob] = [`alice-${drive}`, `bob-${drive}`];
    const settings = { ...STEP_BY_STEP, DRIVE: drive };
    const paused = await kit.services.start(settings, { point: 'decided', hit: 1, action: 'stop' });
    const here = new BankClient(paused.baseUrl);
    await here.open(alice, 100);
    await here.open(bob);
    const answering: Promise<Answer> = here.post(`/account/${alice}/transfer/to/${bob}/30`);
    await untilStopped(kit.services, paused);
    await untilDeadline(alice);

    const other = await kit.services.start(settings);
    const committed = await new BankClient(other.baseUrl).finalTransfer(await transferOf(alice));
    expect(committed).toMatchObject({ status: 'committed' });
    paused.resume();
    expect((await answering).body).toEqual(committed);
    expect(await here.balance(alice)).toEqual({ balance: 70, held: 0 });
    await auditAtRest(kit.database);
    expect(await Promise.all([paused.terminate(10_000), other.terminate(10_000)])).toEqual([0, 0]);
  },
);

/** By the clock that counts. The other process starts only then, for before it the transfer could still commit. */
function untilDeadline(origin: string): Promise<true> {
  return eventually(
    'the deadline has passed',
    async () => {
      const [row] = await kit.database.query<{ passed: boolean }>(
        `select clock_timestamp() > deadline_at as passed from transactions where branches[1] = $1`,
        [origin],
      );
      return row?.passed ? true : undefined;
    },
    { deadlineMs: 30_000 },
  );
}

async function transferOf(origin: string): Promise<string> {
  const [row] = await kit.database.query<{ id: string }>(`select id from transactions where branches[1] = $1`, [
    origin,
  ]);
  if (!row) throw new Error(`no transfer of ${origin}`);
  return row.id;
}
