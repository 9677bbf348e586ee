import { type ServiceProcess, STEP_BY_STEP } from '../kit/serviceProcess';
import { eventually } from '../kit/wait';
import { auditAtRest } from '../support/auditDatabase';
import { type Answer, BankClient } from '../support/bankClient';
import { useServices } from '../support/useServices';

const MAX = Number.MAX_SAFE_INTEGER;
const CONNECTIONS = 16;
const CREDITS = 60;

const WAYS = [
  ['jobs', 'in one statement'],
  ['process', 'in one statement'],
  ['jobs', 'step by step'],
  ['process', 'step by step'],
] as const;

const kit = useServices({ LOG_LEVEL: 'info' });

let bank: BankClient;
let serial = 0;

beforeEach(() => {
  serial += 1;
});

/** The account of one test. */
const name = (account: string): string => `${account}-${serial}`;

/** Starts a service before the tests of the block that calls this, and kills it after them. */
function useBank(drive: string, how: string): void {
  let service: ServiceProcess;
  beforeAll(async () => {
    service = await kit.services.start({ DRIVE: drive, ...(how === 'step by step' && STEP_BY_STEP) });
    bank = new BankClient(service.baseUrl);
  });
  afterAll(() => service.kill());
}

describe.each(WAYS)('with DRIVE=%s, %s, a payer without a cent', (drive, how) => {
  useBank(drive, how);

  test(`and ${CONNECTIONS} connections gets no credit to another account refused`, async () => {
    const [attacker, victim, customer] = [name('attacker'), name('victim'), name('customer')];
    await bank.open(attacker);
    await bank.open(victim);
    await bank.open(customer, 1_000);
    const attack = { running: true, refused: [] as string[] };
    const attacking = Array.from({ length: CONNECTIONS }, async () => {
      while (attack.running) {
        const { body } = await bank.post(`/account/${attacker}/transfer/to/${victim}/${MAX}`);
        attack.refused.push(String(body['code']));
      }
    });
    await eventually('the attack goes on', () => (attack.refused.length > CONNECTIONS ? true : undefined), {
      deadlineMs: 60_000,
    });
    const credits: Answer[] = [];
    for (let n = 0; n < CREDITS; n += 1) {
      credits.push(await bank.post(`/account/${customer}/transfer/to/${victim}/1`));
      credits.push(await bank.post(`/account/${victim}/deposit/1`));
    }
    attack.running = false;
    await Promise.all(attacking);
    expect(new Set(credits.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(attack.refused)).toEqual(new Set(['insufficient-funds']));
    expect(await bank.balance(victim)).toEqual({ balance: 2 * CREDITS, held: 0 });
    await auditAtRest(kit.database);
  });

  test('learns nothing of what is on another account, whatever it asks for, one by one or at once', async () => {
    const attacker = name('spy');
    await bank.open(attacker);
    const balances = [0, 1, 4_711, MAX - 1, MAX];
    const answers = await Promise.all(
      balances.map(async (balance, n) => {
        const victim = name(`secret-${n}`);
        await bank.open(victim, balance);
        // Around the room that this account has, and around that of the others.
        const amounts = balances.flatMap((other) => [MAX - other - 1, MAX - other, MAX - other + 1]);
        const asked = amounts.filter((amount) => amount > 0 && amount <= MAX);
        const ask = (amount: number) => bank.post(`/account/${attacker}/transfer/to/${victim}/${amount}`);
        const seen: string[] = [];
        for (const amount of asked) seen.push(told(await ask(amount), victim));
        for (const answer of await Promise.all(asked.map(ask))) seen.push(told(answer, victim));
        return seen;
      }),
    );
    for (const seen of answers) expect(seen).toEqual(answers[0]);
    await auditAtRest(kit.database);
  });
});

/** All that an answer tells, but for the names of this request. */
function told({ status, body }: Answer, victim: string): string {
  const { instance, transferId, ...rest } = body;
  expect([typeof instance, typeof transferId]).toEqual(['string', 'string']);
  return `${status} ${JSON.stringify(rest).replaceAll(victim, 'the victim')}`;
}

describe('while another session has locked all rows of a table', () => {
  useBank('jobs', 'true');

  test.each(['accounts', 'journal', 'transactions', 'ledgers', 'idempotency_keys', 'refusals', 'feed', 'sweeps'])(
    'the rows of %s delay no transfer for as long as a statement waits for a lock',
    async (table) => {
      const all = Array.from({ length: 8 }, (_, n) => name(`locked-${n}`));
      await Promise.all(all.map((account) => bank.open(account, 100)));
      const ring = (amount: number): Promise<Answer[]> =>
        Promise.all(
          all.map((account, n) =>
            bank.post(`/account/${account}/transfer/to/${all[(n + 1) % all.length]}/${amount}`, {
              key: `${table} ${account} ${amount}`,
            }),
          ),
        );
      await ring(1);
      await kit.database.whileLocked(`select from ${table} for update`, async () => {
        for (let round = 2; round < 12; round += 1) {
          expect(new Set((await ring(round)).map(({ status }) => status))).toEqual(new Set([200]));
        }
        // What is repeated is found, locked or not.
        expect(new Set((await ring(1)).map(({ headers }) => headers.get('idempotency-replayed')))).toEqual(
          new Set(['true']),
        );
        const metrics = await metricsOf(bank);
        expect(metrics).not.toMatch(/journal_statement_seconds_count\{outcome="(blocked|failed|held)"\} [1-9]/);
      });
      await auditAtRest(kit.database);
    },
    240_000,
  );
});

async function metricsOf({ baseUrl }: BankClient): Promise<string> {
  const response = await fetch(`${baseUrl}/metrics`, { headers: { authorization: 'Bearer admin-token' } });
  expect(response.status).toBe(200);
  const text = await response.text();
  expect(text).toMatch(/journal_statement_seconds_count\{outcome="written"\} [1-9]/);
  return text;
}
