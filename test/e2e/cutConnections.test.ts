import { eventually } from '../kit/wait';
import { auditAtRest } from '../support/auditDatabase';
import { BankClient } from '../support/bankClient';
import { useServices } from '../support/useServices';

const CUTTING_MS = 6_000;
const CUTS = 50;

const kit = useServices();

test('processes whose connections are cut over and over, in whatever they do just then, live on', async () => {
  const both = [await kit.services.start(), await kit.services.start()];
  const banks = both.map(({ baseUrl }) => new BankClient(baseUrl));
  for (const account of ['ann', 'ben']) await banks[0]?.open(account, 1_000);
  const until = performance.now() + CUTTING_MS;
  let cuts = 0;
  while (performance.now() < until || cuts <= CUTS) {
    // The lead changes hands with the connections, and the next leader opens connections of its own.
    const [row] = await kit.database.query<{ cut: number }>(
      `select count(pg_terminate_backend(pid))::int as cut from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    );
    cuts += row?.cut ?? 0;
  }
  expect(both.map(({ running }) => running)).toEqual([true, true]);
  for (const [n, bank] of banks.entries()) {
    // The first try may find that its connection was cut last.
    const moved = async () => {
      const { status, body } = await bank.post('/account/ann/transfer/to/ben/1', { key: `after ${n}` });
      return status === 200 && body['status'] === 'committed' ? true : undefined;
    };
    await eventually('a transfer goes through', moved, { deadlineMs: 60_000 });
  }
  expect(await auditAtRest(kit.database)).toEqual({ total: 2_000n, accounts: 2 });
  expect(await Promise.all(both.map((service) => service.terminate(60_000)))).toEqual([0, 0]);
});
