import { z } from 'zod';

export const liveSchema = z.object({ status: z.literal('live') }).meta({ id: 'Live' });

export const readySchema = z
  .object({
    status: z.enum(['ready', 'not-ready', 'draining']),
    checks: z.record(z.string(), z.object({ ok: z.boolean(), detail: z.string().optional() })),
  })
  .meta({ id: 'Ready', description: 'Whether this process should be sent requests, and what it needs for that.' });
