import { CRASH_POINTS, type CrashPoint } from '../../src/engine/crashPoint';
import { STEP_BY_STEP } from '../kit/serviceProcess';
import { auditAtRest } from '../support/auditDatabase';
import { BankClient } from '../support/bankClient';
import { replayed } from '../support/replayed';
import { untilDead } from '../support/testService';
import { useServices } from '../support/useServices';

type Branch = 'prepared' | 'committed' | 'aborted';

/** What is on disk when a process dies at a point; `aborts`: of a transfer to an account that does not exist. */
interface Left {
  readonly aborts: boolean;
  readonly status: string | undefined;
  readonly payer?: Branch;
  readonly payee?: Branch;
}

const commits = (status: string | undefined, payer?: Branch, payee?: Branch): Left => ({
  aborts: false,
  status,
  ...(payer && { payer }),
  ...(payee && { payee }),
});

/** Where only one of two branches has answered, that which is missing here may be either. */
const STEPS: Readonly<Record<CrashPoint, Left>> = {
  'request-read': commits(undefined),
  created: commits('preparing'),
  'one-prepared': commits('preparing', 'prepared'),
  prepared: commits('preparing', 'prepared', 'prepared'),
  decided: commits('committing', 'prepared', 'prepared'),
  'one-committed': commits('committing'),
  'branches-committed': commits('committing', 'committed', 'committed'),
  'one-aborted': { aborts: true, status: 'aborting' },
  'branches-aborted': { aborts: true, status: 'aborting', payer: 'aborted', payee: 'aborted' },
  finished: commits('committed', 'committed', 'committed'),
};

/**
 * The points that a transfer between accounts passes: from its record to its end it is one statement. One that is
 * refused leaves nothing in the journals.
 */
const ONE_STATEMENT: readonly (readonly [CrashPoint, Left])[] = [
  ['request-read', commits(undefined)],
  ['finished', commits('committed', 'committed', 'committed')],
  ['finished', { aborts: true, status: 'aborted' }],
];

const kit = useServices();
let serial = 0;

interface Crash {
  readonly point: CrashPoint;
  readonly left: Left;
  readonly settings: Readonly<Record<string, string>>;
}

async function expectRecovery({ point, left, settings }: Crash): Promise<void> {
  serial += 1;
  const [alice, bob] = [`alice-${serial}`, left.aborts ? `missing-${serial}` : `bob-${serial}`];
  const first = await kit.services.start(settings, { point, hit: 1, action: 'kill' });
  const before = new BankClient(first.baseUrl);
  await before.open(alice, 100);
  if (!left.aborts) await before.open(bob);
  const [path, key] = [`/account/${alice}/transfer/to/${bob}/80`, `crash ${serial}`];
  await expect(before.post(path, { key })).rejects.toThrow('fetch failed');
  await untilDead(first);
  await expectOnDisk(alice, bob, point, left);

  const second = await kit.services.start(settings);
  const after = new BankClient(second.baseUrl);
  expect((await after.post(path, { key })).status).toBe(left.aborts ? 404 : 200);
  expect(await after.balance(alice)).toEqual({ balance: left.aborts ? 100 : 20, held: 0 });
  if (!left.aborts) expect(await after.balance(bob)).toEqual({ balance: 80, held: 0 });
  const [row] = await kit.database.query<{ count: number }>(
    'select count(*)::int as count from transactions where branches[1] = $1',
    [alice],
  );
  expect(row?.count).toBe(1);
  await auditAtRest(kit.database);
  expect(await second.terminate(10_000)).toBe(0);
}

async function expectOnDisk(alice: string, bob: string, point: CrashPoint, left: Left): Promise<void> {
  const [row] = await kit.database.query<{ id: string; status: string }>(
    'select id, status from transactions where branches[1] = $1',
    [alice],
  );
  expect(row?.status).toBe(left.status);
  const branchOf = async (account: string) =>
    (await replayed(kit.database, account)).branches.get(row?.id ?? '')?.state;
  const branches = [await branchOf(alice), await branchOf(bob)];
  if (point === 'one-committed') expect(branches.map(String).toSorted()).toEqual(['committed', 'prepared']);
  else if (point === 'one-aborted') expect(branches.filter((state) => state === 'aborted')).toHaveLength(1);
  else expect(branches).toEqual([left.payer, left.payee]);
}

describe.each(['jobs', 'process'])('a process with DRIVE=%s that is killed', (drive) => {
  test.each(CRASH_POINTS)(
    'at %s, step by step, leaves what the table says, and a fresh process ends the transfer rightly',
    async (point) => {
      // One write a flush makes the windows between two branches real.
      const settings = { GROUP_COMMIT_ROWS_MAX: '1', TRANSFER_TIMEOUT_MS: '20000', ...STEP_BY_STEP };
      await expectRecovery({ point, left: STEPS[point], settings: { ...settings, DRIVE: drive } });
    },
  );

  test.each(ONE_STATEMENT)(
    'at %s, in one statement, leaves what the table says, and a fresh process ends the transfer rightly',
    async (point, left) => {
      const settings = { TRANSFER_TIMEOUT_MS: '20000', DRIVE: drive };
      await expectRecovery({ point, left, settings });
    },
  );
});
