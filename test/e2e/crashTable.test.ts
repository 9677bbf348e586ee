import { CRASH_POINTS, type CrashPoint } from '../../src/engine/crashPoint';
import { auditAtRest } from '../support/auditDatabase';
import { BankClient } from '../support/bankClient';
import { TestDatabase } from '../support/testDatabase';
import { TestServices, untilDead } from '../support/testService';

/**
 * One write per flush makes the windows between two branches real. `aborts` is a transfer of more than there is:
 * the abort side of the table.
 */
const ONE_BY_ONE = { GROUP_COMMIT_ROWS_MAX: '1', TRANSFER_TIMEOUT_MS: '20000' };

const onDisk: Readonly<Record<CrashPoint, { aborts: boolean; status: string | undefined; branches: string[] }>> = {
  'request-read': { aborts: false, status: undefined, branches: [] },
  created: { aborts: false, status: 'preparing', branches: [] },
  'one-prepared': { aborts: false, status: 'preparing', branches: ['prepared'] },
  prepared: { aborts: false, status: 'preparing', branches: ['prepared', 'prepared'] },
  decided: { aborts: false, status: 'committing', branches: ['prepared', 'prepared'] },
  'one-committed': { aborts: false, status: 'committing', branches: ['committed', 'prepared'] },
  'branches-committed': { aborts: false, status: 'committing', branches: ['committed', 'committed'] },
  'one-aborted': { aborts: true, status: 'aborting', branches: ['aborted', 'prepared'] },
  'branches-aborted': { aborts: true, status: 'aborting', branches: ['aborted', 'aborted'] },
  finished: { aborts: false, status: 'committed', branches: ['committed', 'committed'] },
};

/** With joint moves the last branch write brings the move that follows from it. */
const movedAlong: Partial<Record<CrashPoint, string>> = {
  prepared: 'committing',
  'branches-committed': 'committed',
  'branches-aborted': 'aborted',
};

let database: TestDatabase;
let services: TestServices;

beforeAll(async () => {
  database = await TestDatabase.create();
  services = new TestServices({ DATABASE_URL: database.url });
});

afterAll(async () => {
  await services.remove();
  await database.drop();
});

describe.each(['joint', 'separate'])('a process with %s moves that is killed', (moves) => {
  const settings = { ...ONE_BY_ONE, JOINT_MOVES: String(moves === 'joint') };

  test.each(CRASH_POINTS)(
    'at %s leaves what the table says, and a fresh process ends the transfer rightly',
    async (point) => {
      const { aborts, branches, ...alone } = onDisk[point];
      const status = (moves === 'joint' ? movedAlong[point] : undefined) ?? alone.status;
      const [alice, bob] = [`alice-${moves}-${point}`, `bob-${moves}-${point}`];
      const first = await services.start(settings, { point, hit: 1, action: 'kill' });
      const before = new BankClient(first.baseUrl);
      await before.open(alice, 100);
      await before.open(bob);
      const transfer = {
        path: `/account/${alice}/transfer/to/${bob}/${aborts ? 101 : 80}`,
        key: `crash-${moves}-${point}`,
      };
      await expect(before.post(transfer.path, { key: transfer.key })).rejects.toThrow('fetch failed');
      await untilDead(first);

      expect(await stored(alice)).toEqual(expect.objectContaining({ status }));
      const rows = await database.query<{ state: string }>(
        'select state from account_branches where account_id = any($1) order by state',
        [[alice, bob]],
      );
      expect(rows.map(({ state }) => state)).toEqual(branchesLeft(point, branches));

      const second = await services.start(settings);
      const after = new BankClient(second.baseUrl);
      const answer = await after.post(transfer.path, { key: transfer.key });
      expect(answer.status).toBe(aborts ? 422 : 200);
      expect(await after.balance(alice)).toEqual({ balance: aborts ? 100 : 20, held: 0 });
      expect(await after.balance(bob)).toEqual({ balance: aborts ? 0 : 80, held: 0 });
      await auditAtRest(database);
      expect(await second.terminate(6_000)).toBe(0);
    },
  );
});

/** The transaction that took money from the account, if there is one. */
async function stored(origin: string): Promise<{ status: string | undefined }> {
  const [row] = await database.query<{ status: string }>(
    `select status from transactions where query->>'origin' = $1`,
    [origin],
  );
  return { status: row?.status };
}

/** An abort follows the first refusal at once: the other branch may not have been prepared yet. */
function branchesLeft(point: CrashPoint, branches: string[]): unknown {
  if (point !== 'one-aborted') return branches;
  return expect.arrayContaining(['aborted']);
}
