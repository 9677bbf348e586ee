import { Findings } from '../../stress/base/invariants';
import { Model, type OperationRecord } from '../../stress/workload/model';
import type { Ending, Transfer } from '../../stress/workload/operation';
import type { Meaning, Outcome } from '../../stress/workload/outcome';

const ID = '00000000-0000-7000-8000-000000000001';
const EXPIRES_AT_MS = Date.now() + 60_000;

let now: number;
let findings: Findings;
let model: Model;
let record: OperationRecord;

beforeEach(() => {
  now = 0;
  findings = new Findings(() => now);
  model = new Model(findings, () => now);
});

function begin(ending?: Ending): void {
  const transfer: Transfer = {
    kind: 'transfer',
    key: 'op',
    copies: 2,
    postings: [{ origin: 'a', destination: 'b', amount: 5 }],
    style: 'body',
    aborts: ending === undefined,
    ...(ending && { twoSteps: { expiresInMs: 60_000, ending } }),
  };
  record = model.begin(transfer);
}

const at = (ms: number, answered: () => void): void => {
  now = ms;
  answered();
};
const authorized = (askedAt: number) => () =>
  model.authorized(record, { kind: 'authorized', transferId: ID, expiresAtMs: EXPIRES_AT_MS }, askedAt);
const pending = (status: Extract<Meaning, { kind: 'pending' }>['status'], askedAt: number) => () =>
  model.pending(record, { kind: 'pending', transferId: ID, status }, askedAt);
const ended = (outcome: Outcome) => () =>
  model.learned(record, { kind: 'known', outcome, transferId: ID, fingerprint: '', refusals: [] }, false, 'phase');
const found = (): string[] => findings.violations.map(({ invariant, detail }) => `${invariant}: ${detail}`);

describe('answers that overtake each other', () => {
  beforeEach(() => begin({ kind: 'void' }));

  test('an authorization that was asked for before the void was answered, and arrives after it, is no violation', () => {
    at(30, ended({ kind: 'voided' }));
    at(40, authorized(20));
    expect(found()).toEqual([]);
  });

  test('an authorization that was asked for when the void was known is one', () => {
    at(30, ended({ kind: 'voided' }));
    at(50, authorized(40));
    expect(found()).toEqual(['final: op is authorized after it was voided']);
  });

  test.each(['preparing', 'committing', 'aborting'] as const)('the same holds for %s', (status) => {
    at(30, ended({ kind: 'voided' }));
    at(40, pending(status, 20));
    expect(found()).toEqual([]);
    at(60, pending(status, 50));
    expect(found()).toEqual([`final: op is ${status} after it was voided`]);
  });

  test('an answer that does not wait, of what is final, is no violation', () => {
    at(30, ended({ kind: 'voided' }));
    at(50, pending('aborted', 40));
    expect(found()).toEqual([]);
  });

  test('what is final is the same in every answer, in whatever order they come', () => {
    at(30, ended({ kind: 'voided' }));
    at(40, ended({ kind: 'expired' }));
    expect(found()).toEqual(['final: op: voided, later expired']);
  });
});

describe('answers that no order excuses', () => {
  test('a capture that lost to a void, of what was captured', () => {
    begin({ kind: 'race', amounts: [1] });
    at(10, () => model.lost(record, 'already-voided'));
    at(20, ended({ kind: 'captured', amounts: [5], inPart: false }));
    expect(found()).toEqual(['final: op: told already-voided, and is captured in full']);
  });

  test.each([
    ['before', 'after'],
    ['after', 'before'],
  ])('an abort that was accepted, told %s the commit', (order) => {
    begin();
    const accepted = () => model.abortAnswered(record, 'accepted');
    const applied = ended({ kind: 'applied' });
    const [first, second] = order === 'before' ? [accepted, applied] : [applied, accepted];
    at(10, first);
    at(20, second);
    expect(found()).toEqual(['acknowledged: op: abort was accepted, but the transfer is applied']);
  });

  test('an abort that was accepted, and came too late', () => {
    begin();
    at(10, () => model.abortAnswered(record, 'accepted'));
    at(20, () => model.abortAnswered(record, 'too-late'));
    expect(found()).toEqual(['final: op: abort was accepted, later too-late']);
  });
});
