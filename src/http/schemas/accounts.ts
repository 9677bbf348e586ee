import { z } from 'zod';
import { JOURNAL_KINDS } from '../../domain/account/events';
import {
  accountIdSchema,
  balanceSchema,
  coordinatedBySchema,
  currencySchema,
  instantSchema,
  minorUnitsSchema,
  moneySchema,
  pathAmountSchema,
  transferIdSchema,
} from './fields';
import { askedInstantSchema } from './instants';
import { isStorable, metadataSchema } from './metadata';
import { cursorSchema, givenLimitSchema, limitSchema, nextCursorSchema } from './paging';

export const accountParams = z.object({ id: accountIdSchema });

export const accountAmountParams = z.object({ id: accountIdSchema, amount: pathAmountSchema });

const amounts = {
  id: accountIdSchema,
  balance: balanceSchema,
  held: moneySchema.meta({ description: 'Minor units promised to outgoing transfers that are not final.' }),
  incoming: moneySchema.meta({ description: 'Minor units promised to come; never to be spent before.' }),
  available: balanceSchema.meta({
    description: `Minor units: balance and overdraft limit, ${Number.MAX_SAFE_INTEGER} at most, less held.`,
  }),
};

export const accountSchema = z.object(amounts).meta({ id: 'Account' });

const { available: _now, ...amountsThen } = amounts;

export const accountThenSchema = z
  .object(amountsThen)
  .meta({ id: 'AccountThen', description: 'An account after the last entry at or before an instant.' });

const overdraftLimitSchema = minorUnitsSchema.meta({
  description: 'Minor units: how far below zero the balance may go.',
  example: 0,
});

const frozenSchema = z
  .enum(['debits', 'all'], {
    error: ({ input }) => (input === undefined ? undefined : 'must be one of debits, all, null'),
  })
  .nullable()
  .meta({
    description: '`debits`: pays nothing new; `all`: receives nothing new either. What is prepared still finishes.',
  });

export const openBody = z
  .strictObject({
    currency: currencySchema.optional().meta({ description: 'Fixed for life; none when not said.' }),
    overdraftLimit: overdraftLimitSchema.optional().meta({ description: 'For services and admins.' }),
  })
  .meta({ id: 'NewAccount' });

export const changeBody = z
  .strictObject({ overdraftLimit: overdraftLimitSchema.optional(), frozen: frozenSchema.optional() })
  .meta({ id: 'AccountChange' });

/** The note on a deposit or a withdrawal; the journal stores it. */
export const noteBody = z
  .strictObject({
    description: z.string().max(500).refine(isStorable, 'must not contain U+0000 or lone surrogates').optional(),
    metadata: metadataSchema.optional(),
  })
  .meta({ id: 'EntryNote' });

export const accountDetailsSchema = z
  .object({
    ...amounts,
    currency: currencySchema.nullable(),
    overdraftLimit: moneySchema,
    frozen: frozenSchema,
    state: z.enum(['open', 'closed']),
    openedAt: instantSchema,
    closedAt: instantSchema.optional(),
    lastSeq: z.int().min(1).meta({
      description:
        'The `seq` of its last entry. When it grows, the account has changed; `afterSeq` of the entries reads the changes.',
    }),
  })
  .meta({ id: 'AccountDetails' });

export const accountsQuery = z.strictObject({ limit: limitSchema, cursor: cursorSchema(accountIdSchema) });

export const accountsSchema = z.object({ items: z.array(accountDetailsSchema), nextCursor: nextCursorSchema });

export const balanceQuery = z.strictObject({
  at: askedInstantSchema
    .optional()
    .meta({ description: 'The balance after the last entry at or before this instant.' }),
});

const seqSchema = z
  .string()
  .regex(/^\d{1,15}$/, 'must be the seq of an entry, or 0')
  .transform(Number)
  .optional();

export const entriesQuery = z.strictObject({
  limit: givenLimitSchema,
  cursor: cursorSchema(z.int().min(1)),
  from: askedInstantSchema.optional().meta({ description: 'Only entries at this instant or later.' }),
  to: askedInstantSchema.optional().meta({ description: 'Only entries before this instant.' }),
  kind: z.enum(JOURNAL_KINDS).optional().meta({ description: 'Only entries of this kind.' }),
  afterSeq: seqSchema.meta({ description: 'Only entries with a larger `seq`.', type: 'integer', minimum: 0 }),
  beforeSeq: seqSchema.meta({ description: 'Only entries with a smaller `seq`.', type: 'integer', minimum: 0 }),
});

const entrySchema = z
  .object({
    seq: z.int().min(1).meta({ description: 'Counts the entries of the account, from 1.' }),
    kind: z.enum(JOURNAL_KINDS),
    amount: moneySchema,
    balanceAfter: balanceSchema,
    transferId: transferIdSchema.optional(),
    coordinatedBy: coordinatedBySchema,
    posting: z.int().min(0).optional().meta({ description: 'Which posting of the transfer.' }),
    description: z.string().optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
    requestedBy: z
      .string()
      .optional()
      .meta({ description: 'Who asked for it: the owner behind the token, or the service that coordinates.' }),
    occurredAt: instantSchema,
    expiresAt: instantSchema.optional().meta({
      description: 'Of a hold or an expectation of a transfer in two steps: when its authorization ends, or ended.',
    }),
  })
  .meta({ id: 'Entry', description: 'One row of the journal of an account.' });

export const entriesCsvSchema = z
  .string()
  .meta({ description: 'All entries, newest first: a line of names, then a line for each entry.' });

export const entriesSchema = z.object({ items: z.array(entrySchema), nextCursor: nextCursorSchema });
