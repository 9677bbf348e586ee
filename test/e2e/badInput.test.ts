import { auditAtRest } from '../support/auditDatabase';
import { BankClient } from '../support/bankClient';
import { replayed } from '../support/replayed';
import { useServices } from '../support/useServices';

const kit = useServices({ LOG_LEVEL: 'info' });
let baseUrl: string;

beforeAll(async () => {
  baseUrl = (await kit.services.start()).baseUrl;
  const bank = new BankClient(baseUrl);
  await bank.open('ann', 100);
  await bank.open('bob', 100);
});

const JSON_TYPE = { 'Content-Type': 'application/json' };
const body = (value: unknown) => ({ headers: JSON_TYPE, body: JSON.stringify(value) });
const transfer = (fields: object) => body({ origin: 'ann', destination: 'bob', amount: 1, ...fields });
const amounts = ['0', '-1', '1.5', '9007199254740992', 'ten'];
const ids = ['x'.repeat(65), 'a%20b', 'a%2Fb', '-a'];

type Bad = readonly [name: string, path: string, options: RequestInit, status: number, code: string];
const bad: readonly Bad[] = [
  ...amounts.flatMap((amount): Bad[] => [
    [`deposit of ${amount}`, `/account/ann/deposit/${amount}`, {}, 400, 'invalid-request'],
    [`withdrawal of ${amount}`, `/account/ann/withdraw/${amount}`, {}, 400, 'invalid-request'],
    [`transfer of ${amount}`, `/account/ann/transfer/to/bob/${amount}`, {}, 400, 'invalid-request'],
  ]),
  ...[0, -1, 1.5, 2 ** 53, 'ten', null].map(
    (amount): Bad => [`transfer with amount ${amount}`, '/transfers', transfer({ amount }), 400, 'invalid-request'],
  ),
  ['transfer without an amount', '/transfers', body({ origin: 'ann', destination: 'bob' }), 400, 'invalid-request'],
  ...ids.map((id): Bad => [`account ${id}`, `/account/${id}/deposit/1`, {}, 400, 'invalid-request']),
  ['transfer to a bad id', '/transfers', transfer({ destination: 'a b' }), 400, 'invalid-request'],
  ['unknown account', '/account/missing/deposit/1', {}, 404, 'account-not-found'],
  ['unknown destination', '/account/ann/transfer/to/missing/1', {}, 404, 'account-not-found'],
  ['unknown origin', '/account/missing/transfer/to/bob/1', {}, 404, 'account-not-found'],
  ['the same account twice', '/account/ann/transfer/to/ann/1', {}, 422, 'same-account'],
  ['the same account twice in a body', '/transfers', transfer({ destination: 'ann' }), 422, 'same-account'],
  ['broken JSON', '/transfers', { headers: JSON_TYPE, body: '{"origin":' }, 400, 'invalid-request'],
  ['wrong content type', '/transfers', { headers: { 'Content-Type': 'text/plain' }, body: 'a' }, 415, 'unsupported'],
  ['too large a body', '/transfers', transfer({ metadata: 'x'.repeat(65 * 1024) }), 413, 'too-large'],
];

describe('bad input', () => {
  test.each(bad)('%s is refused as documented and changes nothing', async (_name, path, options, status, code) => {
    const response = await fetch(`${baseUrl}${path}`, { method: 'POST', ...options });
    const answer = (await response.json()) as Record<string, unknown>;
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer['code']).toContain(code);
    expect(answer['status']).toBe(status);
    expect(JSON.stringify(answer)).not.toMatch(/\bat .*:\d+:\d+|select |insert |Error\b/);
  });

  test('has changed nothing', async () => {
    for (const account of ['ann', 'bob']) {
      expect((await replayed(kit.database, account)).state).toMatchObject({ balance: 100n, held: 0n, incoming: 0n });
    }
    const entries = await kit.database.query(
      'select kind, count(*)::int as entries from journal group by kind order by kind',
    );
    // A transfer that is refused as it is created leaves nothing in a journal.
    expect(entries).toEqual([
      { kind: 'deposit', entries: 2 },
      { kind: 'opened', entries: 2 },
    ]);
    await auditAtRest(kit.database);
  });
});
