import { uuidv7 } from '../../src/adapters/uuid';
import { TRANSACTION_ID } from '../../src/domain/ids';

describe('the ids that this service makes', () => {
  const before = Date.now();
  const ids = Array.from({ length: 10_000 }, () => uuidv7());

  test('are UUIDs of version 7, in the form of a transaction id', () => {
    for (const id of ids) {
      expect(id).toMatch(TRANSACTION_ID);
      expect(id).toMatch(/^.{14}7.{4}[89ab]/);
    }
  });

  test('differ, and ascend', () => {
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.toSorted()).toEqual(ids);
  });

  test('begin with the time in milliseconds', () => {
    const madeAt = Number.parseInt((ids[0] ?? '').replace('-', '').slice(0, 12), 16);
    expect(Math.abs(madeAt - before)).toBeLessThan(1_000);
  });

  test('differ in what is drawn, also where the draws start over', () => {
    expect(new Set(ids.map((id) => id.slice(-8))).size).toBeGreaterThan(ids.length - 10);
  });
});
