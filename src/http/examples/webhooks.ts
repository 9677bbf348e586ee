import type { z } from 'zod';
import type { DeliveryView, WebhookBody, WebhookView, webhookSecretSchema } from '../schemas/webhooks';
import { EVENT } from './events';

export const WEBHOOK_ID = '019ab1c4-7d2e-7c3a-9b60-5a4f0e1d2c3b';

export const WEBHOOK: WebhookView = {
  id: WEBHOOK_ID,
  url: 'https://shop.example/hooks/tandem',
  types: ['transfer.committed', 'transfer.aborted'],
  createdAt: '2026-11-21T21:58:00.000Z',
  createdBy: 'root',
  secrets: [{ madeAt: '2026-11-21T21:58:00.000Z' }],
  pending: 0,
};

export const WEBHOOK_WITH_SECRET: z.infer<typeof webhookSecretSchema> = {
  ...WEBHOOK,
  secret: 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDazfgh8UTB/k=',
};

export const ROTATED: z.infer<typeof webhookSecretSchema> = {
  ...WEBHOOK_WITH_SECRET,
  secrets: [
    { madeAt: '2026-11-21T22:10:00.000Z' },
    { madeAt: '2026-11-21T21:58:00.000Z', endsAt: '2026-11-22T22:10:00.000Z' },
  ],
};

export const REPLAYING: WebhookView = {
  ...WEBHOOK,
  replay: { after: '812-0-1795298400004', until: '907-2-1795302000151' },
};

export const DELIVERY: DeliveryView = {
  event: '812-1-1795298400007',
  type: 'transfer.committed',
  status: 'pending',
  attempts: 2,
  attemptedAt: '2026-11-21T22:00:06.320Z',
  answerStatus: 503,
  answerMs: 41,
  error: 'answered 503',
  nextAttemptAt: '2026-11-21T22:00:31.874Z',
};

export const WEBHOOK_EVENT: WebhookBody = {
  type: EVENT.type,
  timestamp: EVENT.at,
  version: EVENT.version,
  data: EVENT,
};
