import { z } from 'zod';
import { accountIdSchema, instantSchema, moneySchema, pathAmountSchema, transferIdSchema } from './fields';
import { cursorSchema, limitSchema, nextCursorSchema } from './paging';

export const accountParams = z.object({ id: accountIdSchema });

export const accountAmountParams = z.object({ id: accountIdSchema, amount: pathAmountSchema });

export const accountSchema = z
  .object({
    id: accountIdSchema,
    balance: moneySchema,
    held: moneySchema.meta({ description: 'Minor units promised to outgoing transfers that are not final.' }),
    available: moneySchema.meta({ description: 'Minor units: balance less held.' }),
  })
  .meta({ id: 'Account' });

export const entriesQuery = z.object({ limit: limitSchema, cursor: cursorSchema(z.int().min(1)) });

const entrySchema = z
  .object({
    seq: z.int().min(1).meta({ description: 'Counts the entries of the account, from 1, without a gap.' }),
    kind: z.enum(['deposit', 'withdraw', 'hold', 'release', 'transfer-out', 'transfer-in']),
    amount: moneySchema,
    balanceAfter: moneySchema,
    transferId: transferIdSchema.optional(),
    description: z.string().optional(),
    occurredAt: instantSchema,
  })
  .meta({ id: 'Entry', description: 'One row of the journal of an account.' });

export const entriesSchema = z.object({ items: z.array(entrySchema), nextCursor: nextCursorSchema });
