import type { ParticipantView } from '../schemas/participants';
import { TRANSFER_ID } from './transfers';

export const STOCK: ParticipantView = {
  name: 'stock',
  url: 'https://stock.example/tandem',
  reachable: false,
  breaker: 'open',
  inFlight: 0,
  queued: 0,
  lastError: { why: 'connection refused', at: '2026-05-01T12:00:07.000Z' },
  waiting: 1,
  oldest: {
    transfer: TRANSFER_ID,
    branch: 'order-17',
    call: 'commit',
    attempts: 7,
    error: 'connection refused',
    since: '2026-05-01T12:00:01.000Z',
    nextAt: '2026-05-01T12:00:12.000Z',
  },
};
