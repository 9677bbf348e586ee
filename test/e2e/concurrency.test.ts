import { auditAtRest } from '../support/auditDatabase';
import { type Answer, BankClient } from '../support/bankClient';
import { useServices } from '../support/useServices';

const TRANSFERS = 64;
const AFFORDABLE = 40;
const RING = 100;
const RING_TRANSFERS = 2_000;
const CONNECTIONS = 64;

const kit = useServices({ LOG_LEVEL: 'info', HTTP_WAIT_MS: '30000' });
let banks: BankClient[];

beforeAll(async () => {
  const started = await Promise.all([kit.services.start(), kit.services.start()]);
  banks = started.map(({ baseUrl }) => new BankClient(baseUrl));
});

describe('many transfers at once', () => {
  test.each([
    ['one process', 1],
    ['two processes on one database', 2],
  ])('from an account that can pay for some of them: exactly those commit, through %s', async (_name, processes) => {
    const payer = `payer-${processes}`;
    const payee = `payee-${processes}`;
    const [bank] = banks;
    await bank?.open(payer, AFFORDABLE);
    await bank?.open(payee);
    const answers = await Promise.all(
      Array.from({ length: TRANSFERS }, (_, index) =>
        through(index, processes, `/account/${payer}/transfer/to/${payee}/1`),
      ),
    );
    expect(countByStatus(answers)).toEqual({ 200: AFFORDABLE, 422: TRANSFERS - AFFORDABLE });
    for (const { status, body } of answers) {
      if (status === 422) expect(body).toMatchObject({ code: 'insufficient-funds', account: payer, missing: 1 });
    }
    expect(await bank?.balance(payer)).toEqual({ balance: 0, held: 0 });
    expect(await bank?.balance(payee)).toEqual({ balance: AFFORDABLE, held: 0 });
    await auditAtRest(kit.database);
  });

  test('around a ring of accounts that send and receive, through two processes, conserve money without a deadlock', async () => {
    const member = (index: number): string => `ring-${index % RING}`;
    await Promise.all(Array.from({ length: RING }, async (_, index) => banks[index % 2]?.open(member(index), 1_000)));
    const before = await auditAtRest(kit.database);
    const deadlocksBefore = await deadlocks();
    let next = 0;
    const answers: Answer[] = [];
    const worker = async (): Promise<void> => {
      for (let turn = next++; turn < RING_TRANSFERS; turn = next++) {
        const amount = 1 + (turn % 7);
        answers.push(await through(turn, 2, `/account/${member(turn)}/transfer/to/${member(turn + 1)}/${amount}`));
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, worker));
    expect(countByStatus(answers)).toEqual({ 200: RING_TRANSFERS });
    expect(await auditAtRest(kit.database)).toEqual(before);
    expect(await deadlocks()).toBe(deadlocksBefore);
  });
});

function through(index: number, processes: number, path: string): Promise<Answer> {
  const bank = banks[index % processes];
  if (!bank) throw new Error('there is no such process');
  return bank.post(path);
}

function countByStatus(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

async function deadlocks(): Promise<string | undefined> {
  const [row] = await kit.database.query<{ deadlocks: string }>(
    'select deadlocks from pg_stat_database where datname = current_database()',
  );
  return row?.deadlocks;
}
