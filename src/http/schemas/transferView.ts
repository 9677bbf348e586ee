import { z } from 'zod';
import { TRANSACTION_STATUSES } from '../../domain/transaction/state';
import { accountIdSchema, currencySchema, instantSchema, moneySchema, transferIdSchema } from './fields';
import { nextCursorSchema } from './paging';

export const statusSchema = z.enum(TRANSACTION_STATUSES).meta({ id: 'TransferStatus' });

const refusedParticipation = z.object({
  kind: z.literal('participant-refused'),
  participant: z.string(),
  branch: z.string(),
  code: z.string().meta({ description: 'What the participant calls it. Owners are told `refused`.' }),
  detail: z
    .string()
    .meta({ description: 'What the participant says, cut to 200 characters. Owners are told nothing of it.' }),
});

const refusedAccount = z.object({
  kind: z.enum([
    'account-not-found',
    'account-closed',
    'account-frozen',
    'currency-mismatch',
    'insufficient-funds',
    'balance-limit-exceeded',
    'branch-aborted',
    'refund-exceeds-capture',
  ]),
  account: accountIdSchema,
  missing: moneySchema.optional(),
});

export const reasonSchema = z
  .discriminatedUnion('kind', [
    z.object({ kind: z.literal('timeout') }),
    z.object({ kind: z.literal('client'), reason: z.string().optional() }),
    z.object({ kind: z.literal('voided'), reason: z.string().optional() }),
    z.object({ kind: z.literal('expired') }),
    z.object({ kind: z.literal('branches'), reasons: z.array(z.union([refusedAccount, refusedParticipation])) }),
  ])
  .meta({
    id: 'AbortReason',
    description: 'Why a transfer was aborted: its deadline, a client, or what its accounts and participants said.',
  });

const ofAccount = { account: accountIdSchema };
/** The name of a remote branch in a transfer's view. */
const ofParticipant = { participant: z.string(), branch: z.string() };
const message = { message: z.string() };
const vote = { vote: z.enum(['commit', 'abort']) };
const branchState = { state: z.enum(['none', 'prepared', 'committed', 'aborted']) };

export const branchErrorSchema = z.union([
  z.object({ ...ofAccount, ...message }),
  z.object({ ...ofParticipant, ...message }),
]);

const settledSchema = z.object({
  ...ofParticipant,
  as: z.enum(['committed', 'aborted']),
  note: z.string().optional().meta({ description: 'Why. Not told to owners.' }),
  by: z.string().optional().meta({ description: 'Who said so. Not told to owners.' }),
});

const historySchema = z.object({
  status: statusSchema,
  at: instantSchema,
  votes: z.array(z.union([z.object({ ...ofAccount, ...vote }), z.object({ ...ofParticipant, ...vote })])).optional(),
  confirmed: z.array(z.union([accountIdSchema, z.object(ofParticipant)])).optional(),
  reason: reasonSchema.optional(),
  errors: z.array(branchErrorSchema).optional(),
  settled: settledSchema
    .optional()
    .meta({ description: 'What an operator said of a participant that does not answer any more.' }),
});

export const directionSchema = z.enum(['debit', 'credit']);

const branchSchema = z.union([
  z.object({ ...ofAccount, direction: directionSchema, ...branchState }),
  z.object({ ...ofParticipant, ...branchState, payload: z.unknown().optional() }),
]);

const waitingSchema = z.object({
  ...ofParticipant,
  call: z.enum(['prepare', 'commit', 'abort']),
  attempts: z.int().min(1).meta({ description: 'How often it was asked.' }),
  error: z.string().meta({ description: 'What the last attempt came to.' }),
  since: instantSchema,
  nextAt: instantSchema.meta({ description: 'When it is asked again.' }),
});

export const transferSchema = z
  .object({
    id: transferIdSchema,
    status: statusSchema,
    reason: reasonSchema.optional(),
    errors: z.array(branchErrorSchema).optional().meta({ description: 'What a failed transfer stopped on.' }),
    origin: accountIdSchema.optional().meta({ description: 'Of a transfer of one posting.' }),
    destination: accountIdSchema.optional().meta({ description: 'Of a transfer of one posting.' }),
    amount: moneySchema.meta({
      description: 'Minor units; of all postings together, 0 where participants alone take part.',
    }),
    postings: z
      .array(
        z.object({
          origin: accountIdSchema,
          destination: accountIdSchema,
          amount: moneySchema,
          captured: moneySchema.optional(),
        }),
      )
      .optional()
      .meta({ description: 'Of a transfer of several postings.' }),
    currency: currencySchema.optional(),
    amountAuthorized: moneySchema.optional().meta({ description: 'Of a transfer in two steps.' }),
    amountCaptured: moneySchema.optional().meta({ description: 'Of a transfer in two steps, once it is captured.' }),
    expiresAt: instantSchema.optional().meta({ description: 'When the authorization ends, or ended.' }),
    refunds: transferIdSchema.optional(),
    metadata: z.record(z.string(), z.unknown()).optional(),
    requestedBy: z.string().optional().meta({ description: 'Who asked for it: the owner behind the token.' }),
    branches: z.array(branchSchema),
    waitingFor: z.array(waitingSchema).optional().meta({
      description: 'The participants that have not answered, while the transfer waits for them. Not told to owners.',
    }),
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
