import { z } from 'zod';
import { TRANSACTION_STATUSES } from '../../domain/transaction/state';
import {
  accountIdSchema,
  bodyAmountSchema,
  instantSchema,
  moneySchema,
  pathAmountSchema,
  transferIdSchema,
} from './fields';
import { isStorable, metadataSchema } from './metadata';
import { cursorSchema, limitSchema, nextCursorSchema } from './paging';

/** The longest deadline that a client may ask for. */
export const TIMEOUT_MS_MAX = 600_000;

export const transferPathParams = z.object({
  origin: accountIdSchema,
  destination: accountIdSchema,
  amount: pathAmountSchema,
});

export const transferBody = z
  .strictObject({
    origin: accountIdSchema,
    destination: accountIdSchema,
    amount: bodyAmountSchema,
    timeoutMs: z
      .int()
      .min(1)
      .max(TIMEOUT_MS_MAX)
      .optional()
      .meta({ description: 'Milliseconds from now to the deadline of the prepare phase.' }),
    metadata: metadataSchema.optional(),
  })
  .meta({ id: 'NewTransfer' });

export const transfersQuery = z.object({
  status: z.enum(TRANSACTION_STATUSES).optional(),
  account: accountIdSchema.optional(),
  limit: limitSchema,
  cursor: cursorSchema(transferIdSchema),
});

export const transferParams = z.object({ id: transferIdSchema });

export const abortBody = z
  .strictObject({
    reason: z.string().max(200).refine(isStorable, 'must not contain U+0000 or lone surrogates').optional(),
  })
  .meta({ id: 'AbortTransfer' });

const statusSchema = z.enum(TRANSACTION_STATUSES).meta({ id: 'TransferStatus' });

const refusedBranch = z.object({
  kind: z.enum(['account-not-found', 'insufficient-funds', 'balance-limit-exceeded', 'branch-aborted']),
  account: accountIdSchema,
  missing: moneySchema.optional(),
});

const reasonSchema = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('timeout') }),
    z.object({ kind: z.literal('client'), reason: z.string().optional() }),
    z.object({ kind: z.literal('branches'), reasons: z.array(refusedBranch) }),
  ])
  .meta({
    id: 'AbortReason',
    description: 'Why a transfer was aborted: its deadline, a client, or what its accounts said.',
  });

const branchErrorSchema = z.object({ account: accountIdSchema, message: z.string() });

const historySchema = z.object({
  status: statusSchema,
  at: instantSchema,
  votes: z.array(z.object({ account: accountIdSchema, vote: z.enum(['commit', 'abort']) })).optional(),
  confirmed: z.array(accountIdSchema).optional(),
  reason: reasonSchema.optional(),
  errors: z.array(branchErrorSchema).optional(),
});

const branchSchema = z.object({
  account: accountIdSchema,
  direction: z.enum(['debit', 'credit']),
  state: z.enum(['none', 'prepared', 'committed', 'aborted']),
});

export const transferSchema = z
  .object({
    id: transferIdSchema,
    status: statusSchema,
    reason: reasonSchema.optional(),
    errors: z.array(branchErrorSchema).optional().meta({ description: 'What a failed transfer stopped on.' }),
    origin: accountIdSchema,
    destination: accountIdSchema,
    amount: moneySchema,
    metadata: z.record(z.string(), z.unknown()).optional(),
    branches: z.array(branchSchema),
    history: z.array(historySchema),
    attempts: z.int().min(0).meta({ description: 'How often the rest had to be left to a later attempt.' }),
    deadlineAt: instantSchema,
    createdAt: instantSchema,
    updatedAt: instantSchema,
    finishedAt: instantSchema.optional(),
  })
  .meta({ id: 'Transfer' });

export const transfersSchema = z.object({ items: z.array(transferSchema), nextCursor: nextCursorSchema });

export type TransferView = z.infer<typeof transferSchema>;
