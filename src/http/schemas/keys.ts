import { z } from 'zod';
import { KEY_PATTERN, KEY_WORDS } from '../requests/idempotency';
import { instantSchema, transferIdSchema } from './fields';
import { limitSchema } from './paging';

export const keysQuery = z.strictObject({
  key: z.string().regex(KEY_PATTERN, KEY_WORDS).meta({ description: 'The key, as the client sent it.' }),
  limit: limitSchema,
});

const keySchema = z
  .object({
    role: z.enum(['owner', 'service', 'admin']),
    owner: z.string().meta({ description: 'The owner behind the token that the key came with.' }),
    transferId: transferIdSchema
      .optional()
      .meta({ description: 'The transfer that its request started; none where it was a deposit or the like.' }),
    createdAt: instantSchema,
  })
  .meta({ id: 'IdempotencyKey', description: 'What a key stands for, to one caller.' });

export const keysSchema = z.object({ items: z.array(keySchema) });
