import { z } from 'zod';
import { problemSchema } from './problem';
import { checkTransfer, transferFields } from './transfers';
import { transferSchema } from './transferView';

export const BATCH_MAX = 1_000;
export const BATCH_BYTES_MAX = 1024 * 1024;

export const batchBody = z
  .strictObject({
    transfers: z
      .array(
        z
          .strictObject({
            idempotencyKey: z
              .string()
              .regex(/^[\x20-\x7e]{1,255}$/, 'must be 1 to 255 printable ASCII characters')
              .meta({ description: 'Of this transfer alone, as the header of that name.' }),
            ...transferFields,
          })
          .superRefine(checkTransfer),
      )
      .min(1)
      .max(BATCH_MAX),
  })
  .meta({ id: 'TransferBatch' });

export const batchSchema = z
  .object({
    results: z.array(
      z.union([
        z.object({ status: z.int(), transfer: transferSchema }),
        z.object({ status: z.int(), problem: problemSchema }),
      ]),
    ),
  })
  .meta({
    id: 'TransferBatchResults',
    description: 'One result for each transfer, in order, as it would have been answered alone.',
  });
