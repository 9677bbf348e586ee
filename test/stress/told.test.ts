import type { Event } from '../../src/client/types';
import { Told, ToldFacts } from '../../stress/audit/feed/told';
import { Findings } from '../../stress/base/invariants';

const ID = '00000000-0000-7000-8000-000000000001';

let findings: Findings;
let facts: ToldFacts;
let told: Told;

beforeEach(() => {
  findings = new Findings(() => 0);
  facts = new ToldFacts(findings);
  told = new Told('by page', facts);
});

function event(type: 'transfer.created' | 'transfer.committed', version: number, amount = 5): Event {
  const common = { cursor: `${version}-1-1`, at: new Date(0).toISOString(), version };
  return { ...common, type, transferId: ID, origin: 'a', destination: 'b', amount };
}
const found = (): string[] => findings.violations.map(({ detail }) => detail);

describe('what a reader of the feed is told', () => {
  test('each change in its order, and one again after a break: sound', () => {
    for (const each of [event('transfer.created', 4), event('transfer.committed', 5), event('transfer.committed', 5)]) {
      told.take(each);
    }
    expect(found()).toEqual([]);
    expect([...told.events]).toEqual([`transfer.created ${ID}`, `transfer.committed ${ID}`]);
    expect(facts.counters.of('told again, by page')).toBe(1);
    expect(facts.moved.get(ID)).toBe('a b 5');
  });

  test('the end of a transfer, and not its beginning', () => {
    told.take(event('transfer.committed', 5));
    expect(found()).toEqual([`by page: transfer.committed ${ID}, version 5, after nothing`]);
  });

  test('a later change before an earlier one', () => {
    told.take(event('transfer.created', 4));
    told.take(event('transfer.committed', 3));
    expect(found()).toEqual([`by page: transfer.committed ${ID}, version 3, after 4`]);
  });

  test('another thing than another reader', () => {
    told.take(event('transfer.created', 4));
    new Told('by stream', facts).take(event('transfer.created', 4, 6));
    expect(found()).toEqual([`by stream: transfer.created ${ID} is told otherwise than before`]);
  });

  test('a place that goes back', () => {
    told.goOn('8-1-1');
    told.goOn('7-1-1');
    expect(found()).toEqual(['by page: its place went back from 8 to 7-1-1']);
  });
});
