import type { z } from 'zod';
import type { readySchema } from '../schemas/health';
import type { stuckListSchema } from '../schemas/operations';
import { COMMITTING } from './transfers';

export const READY: z.infer<typeof readySchema> = {
  status: 'ready',
  checks: {
    database: { ok: true },
    queue: { ok: true },
    sweep: { ok: true, detail: 'last 420 ms ago' },
    accepting: { ok: true },
  },
};

export const NOT_READY: z.infer<typeof readySchema> = {
  status: 'not-ready',
  checks: { ...READY.checks, queue: { ok: false, detail: 'no connection' } },
};

export const STUCK: z.infer<typeof stuckListSchema> = {
  items: [{ transfer: COMMITTING, holding: ['bob'], error: 'bob: the branch could not be reached' }],
  nextCursor: null,
};

export const METRICS = `# HELP tandem_transfers_failed Transfers that stopped on an error and wait for an operator
# TYPE tandem_transfers_failed gauge
tandem_transfers_failed 0
`;
