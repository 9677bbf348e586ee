import { RULES } from '../../src/cli/check/check';
import { auditAtRest } from '../support/auditDatabase';
import { BankClient } from '../support/bankClient';
import { TestDatabase } from '../support/testDatabase';
import { TestServices } from '../support/testService';
import { tandem } from './command';

const SECRET = `whsec_${Buffer.alloc(32, 'c').toString('base64')}`;
const MONEY = 1_000_000;

describe.each(['debit', 'credit'])('tandem check-participant against a Tandem, with a %s', (direction) => {
  let database: TestDatabase;
  let services: TestServices;

  beforeAll(async () => {
    database = await TestDatabase.create();
    services = new TestServices({ DATABASE_URL: database.url, PARTICIPANT_SECRETS: `checker=${SECRET}` });
  });

  afterAll(async () => {
    await services.remove();
    await database.drop();
  });

  test('finds that it keeps every rule, and its books show as many branches as were committed', async () => {
    const { baseUrl } = await services.start();
    const client = new BankClient(baseUrl);
    await client.open('alice', MONEY);
    const payload = { account: 'alice', direction, amount: 1 };
    const { code, printed, complained } = await tandem([
      'check-participant',
      `${baseUrl}/participant`,
      '--secret',
      SECRET,
      '--payload',
      JSON.stringify(payload),
      '--refused-payload',
      JSON.stringify({ ...payload, account: 'missing' }),
      '--races',
      '300',
    ]);
    expect(printed.split('\n').filter((line) => /^(BROKEN|skipped)/.test(line))).toEqual([]);
    for (const { name } of RULES) expect(printed).toContain(name);
    expect({ code, complained }).toEqual({ code: 0, complained: '' });
    const spent = await database.query<{ count: number }>(
      `select count(*)::int as count from journal where kind in ('spend', 'receive')`,
    );
    const committed = Number(spent[0]?.count);
    expect(printed).toContain(` ${committed} `);
    const balance = MONEY + (direction === 'debit' ? -committed : committed);
    expect(await client.balance('alice')).toEqual({ balance, held: 0 });
    await services.killAll();
    expect(await auditAtRest(database)).toEqual({ total: BigInt(balance), accounts: 1 });
  });
});
