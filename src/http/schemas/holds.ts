import { z } from 'zod';
import { coordinatedBySchema, instantSchema, moneySchema, transferIdSchema } from './fields';
import { cursorSchema, limitSchema, nextCursorSchema } from './paging';
import { directionSchema, statusSchema } from './transferView';

export const holdsQuery = z.strictObject({ limit: limitSchema, cursor: cursorSchema(z.int().min(1)) });

const holdSchema = z
  .object({
    transferId: transferIdSchema.optional(),
    coordinatedBy: coordinatedBySchema,
    direction: directionSchema.meta({
      description: '`debit`: the account has promised it, part of `held`; `credit`: it is promised to it, `incoming`.',
    }),
    amount: moneySchema.meta({ description: 'Minor units; 0 of an account that pays as much as it receives.' }),
    since: instantSchema.meta({ description: 'When it was promised.' }),
    status: statusSchema.optional().meta({ description: 'Of the transfer.' }),
    expiresAt: instantSchema
      .optional()
      .meta({ description: 'Of a transfer in two steps: when its authorization ends.' }),
    requestedBy: z
      .string()
      .optional()
      .meta({ description: 'Who asked for it: the owner behind the token, or the service that coordinates.' }),
  })
  .meta({ id: 'Hold', description: 'What an account has promised, or is promised, in a transfer that is not final.' });

export const holdsSchema = z.object({ items: z.array(holdSchema), nextCursor: nextCursorSchema });
