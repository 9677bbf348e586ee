import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { JOURNAL_KINDS } from '../../src/domain/account/events';
import { TRANSACTION_STATUSES } from '../../src/domain/transaction/state';
import { CRASH_POINTS } from '../../src/engine/crashPoint';
import { files, ROOT } from './importGraph';

const MAP = join(ROOT, 'src', 'README.md');

/** The kinds that a union of refusals declares, from its source. */
function refusalKinds(path: string, type: string): readonly string[] {
  const source = files.get(path) ?? '';
  const [declaration = ''] = source.split(`export type ${type} =`)[1]?.split(/;\n(?:\n|$)/) ?? [];
  return [...declaration.matchAll(/readonly kind:([^;}]+)/g)].flatMap(([, kinds = '']) =>
    [...kinds.matchAll(/'([^']+)'/g)].map((match) => match[1] ?? ''),
  );
}

const refusals = [
  ...refusalKinds('domain/account/commands.ts', 'AccountRefusal'),
  ...refusalKinds('domain/transfer.ts', 'TransferRefusal'),
  ...refusalKinds('domain/transaction/decide.ts', 'TransactionRefusal'),
  ...refusalKinds('http/answers/refusals.ts', 'Refusal'),
];

const words = (): string => (existsSync(MAP) ? readFileSync(MAP, 'utf8') : '');

describe('src/README.md, the map', () => {
  test('exists', () => {
    expect(existsSync(MAP)).toBe(true);
  });

  test('the kinds of refusal are found in their sources', () => {
    expect(refusals).toEqual(
      expect.arrayContaining([
        'account-not-found',
        'account-frozen',
        'protocol-violation',
        'branch-aborted',
        'not-failed',
        'authorization-expired',
        'internal-error',
      ]),
    );
  });

  test.each([...new Set(refusals)])('tells what the refusal %s is', (kind) => {
    expect(words()).toContain(`\`${kind}\``);
  });

  test.each(TRANSACTION_STATUSES)('tells what the status %s is', (status) => {
    expect(words()).toMatch(new RegExp(`\\b${status}\\b`));
  });

  test.each(JOURNAL_KINDS)('tells what the journal row %s is', (kind) => {
    expect(words()).toContain(`\`${kind}\``);
  });

  test.each(CRASH_POINTS)('tells where the crash point %s is', (point) => {
    expect(words()).toContain(`\`${point}\``);
  });

  test.each([
    'domain',
    'engine',
    'accounts',
    'journal',
    'transactions',
    'adapters',
    'http',
    'console',
    'client',
    'service',
  ])('has a paragraph for the room %s', (room) => {
    expect(words()).toMatch(new RegExp(`\\b${room}/?\\b`));
  });
});
