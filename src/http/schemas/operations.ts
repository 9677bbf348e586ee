import { z } from 'zod';
import { transferIdSchema } from './fields';
import { cursorSchema, limitSchema, nextCursorSchema } from './paging';
import { transferSchema } from './transferView';

/** An unfinished transfer that is older than this counts as stuck, unless the operator sets another age. */
const OLDER_THAN_MS_DEFAULT = 30_000;

export const metricsQuery = z.strictObject({
  maxAgeMs: z
    .string()
    .regex(/^\d{1,5}$/, 'must be milliseconds, 0 to 99999')
    .transform(Number)
    .default(0)
    .meta({
      description:
        'Milliseconds. The answer may be one that the service made for another caller so long ago or less. With 0, the service makes a new one.',
      type: 'integer',
      minimum: 0,
    }),
});

export const stuckQuery = z.strictObject({
  olderThanMs: z
    .string()
    .regex(/^\d{1,10}$/, 'must be milliseconds, 0 to 9999999999')
    .transform(Number)
    .default(OLDER_THAN_MS_DEFAULT)
    .meta({
      description: `Milliseconds; unfinished transfers that are older, ${OLDER_THAN_MS_DEFAULT} unless said.`,
      type: 'integer',
      minimum: 0,
    }),
  limit: limitSchema,
  cursor: cursorSchema(transferIdSchema),
});

const stuckSchema = z
  .object({
    transfer: transferSchema,
    holding: z
      .array(z.string())
      .meta({ description: 'The accounts whose branches have not come to where the transfer wants them.' }),
    error: z.string().nullable().meta({ description: 'What the last attempt stopped on, as far as it is known.' }),
  })
  .meta({ id: 'StuckTransfer' });

export const stuckListSchema = z.object({ items: z.array(stuckSchema), nextCursor: nextCursorSchema });

export const metricsSchema = z.string();
