import type { z } from 'zod';
import type { EventView, eventsSchema } from '../schemas/events';
import { TRANSFER_ID } from './transfers';

export const EVENT: EventView = {
  cursor: '812-1-1795298400007',
  type: 'transfer.committed',
  at: '2026-11-21T22:00:00.007Z',
  version: 3249,
  transferId: TRANSFER_ID,
  origin: 'alice',
  destination: 'bob',
  amount: 30,
  metadata: { invoice: '2026-0042' },
};

export const EVENTS: z.infer<typeof eventsSchema> = { items: [EVENT], nextCursor: EVENT.cursor, hasMore: false };

export const EVENT_STREAM = `id: ${EVENT.cursor}
event: ${EVENT.type}
data: ${JSON.stringify(EVENT)}

`;
