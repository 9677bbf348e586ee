import { STEP_BY_STEP } from '../kit/serviceProcess';
import { auditAtRest } from '../support/auditDatabase';
import { type Answer, BankClient } from '../support/bankClient';
import { useServices } from '../support/useServices';

const TRANSFERS = 60;

// Step by step, a job drives each transfer.
const kit = useServices({ JOB_RUNNERS: 'all', ...STEP_BY_STEP });

test('two processes that drive the same transactions at once reach one outcome', async () => {
  const [first, second] = await Promise.all([kit.services.start(), kit.services.start()]);
  const bank = new BankClient(first.baseUrl);
  for (const account of ['ann', 'ben', 'cid']) await bank.open(account, 40);
  // Every job of the first process is delivered three times from now on, to whichever worker is free.
  first.duplicateJobs();
  const answers: Answer[] = [];
  const accounts = ['ann', 'ben', 'cid', 'missing'];
  const worker = async (start: number): Promise<void> => {
    for (let n = start; n < TRANSFERS; n += 12) {
      const origin = accounts[n % 3] ?? '';
      const destination = accounts[(n % 3) + 1] ?? '';
      answers.push(await bank.post(`/account/${origin}/transfer/to/${destination}/${1 + (n % 9)}`));
      first.duplicateJobs();
    }
  };
  await Promise.all(Array.from({ length: 12 }, (_, start) => worker(start)));
  const duplicated = kit.services.reports.filter(({ event }) => event === 'job-duplicated');
  expect(duplicated.length).toBeGreaterThan(5);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 404, 422]));
  expect(await auditAtRest(kit.database)).toEqual({ total: 120n, accounts: 3 });

  // What each process has answered is what is stored, and each transfer has ended once.
  const stored = await kit.database.query<{ id: string; status: string; ends: readonly string[] }>(
    `select id, status, array(select kind from feed, unnest(kinds, subjects) as news(kind, subject)
                               where subject = id::text and kind in ('transfer.committed', 'transfer.aborted')) as ends
       from transactions`,
  );
  expect(stored).toHaveLength(TRANSFERS);
  for (const { status, ends } of stored) expect(ends).toEqual([`transfer.${status}`]);
  const committed = answers.filter(({ status }) => status === 200).map(({ body }) => body['id']);
  expect(new Set(stored.filter(({ status }) => status === 'committed').map(({ id }) => id))).toEqual(
    new Set(committed),
  );
  expect(await Promise.all([first.terminate(60_000), second.terminate(60_000)])).toEqual([0, 0]);
});
