import type { TransactionId } from '../../src/domain/ids';
import type { TransferFeedEvent } from '../../src/http/answers/eventView';
import { webhookBodies } from '../../src/http/answers/webhookBody';
import { MemoryLog } from '../support/memoryLog';

const COMMON = { cursor: { position: 812n, count: 1, atMs: 7 }, at: '2026-11-21T22:00:00.007Z', version: 3249 };

test('an event that a newer version wrote in words of its own is told without its details', () => {
  const log = new MemoryLog();
  const id = '00000000-0000-7000-8000-000000000001' as TransactionId;
  const reason = { kind: 'of-a-newer-version' } as never;
  const event: TransferFeedEvent = {
    ...COMMON,
    type: 'transfer.aborted',
    id,
    transaction: { query: { postings: [] }, reason },
  };
  const body = JSON.parse(webhookBodies(log)(event));
  expect(body).toEqual({
    type: 'transfer.aborted',
    timestamp: COMMON.at,
    version: 3249,
    data: { cursor: '812-1-7', at: COMMON.at, version: 3249, type: 'transfer.aborted', transferId: id },
  });
  expect(log.lines).toMatchObject([
    { level: 'warn', fields: { transaction: id }, message: 'webhooks are told of an event without its details' },
  ]);
});
