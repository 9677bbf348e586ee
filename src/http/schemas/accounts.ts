import { z } from 'zod';
import { accountIdSchema, moneySchema, pathAmountSchema } from './fields';

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
