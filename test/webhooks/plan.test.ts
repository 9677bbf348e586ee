import type { FeedEvent, FeedSlice } from '../../src/engine/feed/store';
import { stepOf } from '../../src/engine/webhooks/plan';
import type { Course } from '../../src/engine/webhooks/store';

const at = (position: number) => ({ position: BigInt(position), count: 1, atMs: position });

function event(position: number, type: 'account.opened' | 'account.closed'): FeedEvent<unknown, unknown> {
  return { cursor: at(position), at: '2026-11-21T22:00:00.000Z', version: position, type, account: 'alice' };
}

const SLICE: FeedSlice<unknown, unknown> = {
  events: [event(2, 'account.opened'), event(3, 'account.closed'), event(5, 'account.opened')],
  next: at(6),
  hasMore: false,
};

const course = (more: Partial<Course> = {}): Course => ({
  webhookId: 'w',
  types: new Set(['account.opened']),
  cursor: at(1),
  ...more,
});
const bodyOf = ({ version }: FeedEvent<unknown, unknown>): string => `body ${version}`;
const positions = (step: ReturnType<typeof stepOf>) => step.deliveries.map(({ cursor }) => Number(cursor.position));

describe('who gets what', () => {
  it('is the types of the webhook, and the course goes on after all that was looked at', () => {
    const step = stepOf(course(), SLICE, bodyOf);
    expect(step).toEqual({
      deliveries: [
        { cursor: at(2), type: 'account.opened', body: 'body 2' },
        { cursor: at(5), type: 'account.opened', body: 'body 5' },
      ],
      next: at(6),
    });
  });

  it('moves on although there is nothing for it', () => {
    expect(stepOf(course({ types: new Set(['transfer.failed']) }), SLICE, bodyOf)).toEqual({
      deliveries: [],
      next: at(6),
    });
  });

  it('is of a replay what comes up to its end, and that ends it', () => {
    const step = stepOf(course({ until: at(2) }), SLICE, bodyOf);
    expect([positions(step), step.next]).toEqual([[2], undefined]);
    expect(positions(stepOf(course({ until: at(5) }), SLICE, bodyOf))).toEqual([2, 5]);
  });

  it('goes on with a replay whose end is not read yet', () => {
    const step = stepOf(course({ until: at(9) }), SLICE, bodyOf);
    expect([positions(step), step.next]).toEqual([[2, 5], at(6)]);
  });
});
