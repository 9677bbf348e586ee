import { z } from 'zod';
import { FOREIGN_POSITION } from '../../adapters/postgres/reads/openForeign';
import { PARTICIPANT_CALLS } from '../../engine/participants';
import {
  accountIdSchema,
  bodyAmountSchema,
  currencySchema,
  instantSchema,
  moneySchema,
  participantBranchSchema,
  participantNameSchema,
} from './fields';
import { cursorSchema, limitSchema, nextCursorSchema } from './paging';

const transactionSchema = z
  .string()
  .regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'must be a UUID in lower case')
  .meta({ description: 'Names a transaction to the service that coordinates it: a UUID in lower case.' });

const branchSchema = participantBranchSchema.meta({ description: 'What that service calls the branch.' });

const callSchema = z.enum(PARTICIPANT_CALLS);

export const participationParams = z.object({
  transaction: transactionSchema,
  branch: branchSchema,
  call: callSchema.meta({ description: 'What is asked of the branch.' }),
});

/** What a prepare asks of an account. A payload that does not fit is no bad request: it gets a vote to abort. */
export const participationPayload = z.strictObject({
  account: accountIdSchema,
  direction: z.enum(['debit', 'credit']),
  amount: bodyAmountSchema,
  currency: currencySchema.optional(),
});

/** Ignores unknown members, as the protocol requires. */
export const participationBody = z
  .object({
    version: z.literal(1),
    call: callSchema.meta({ description: 'As in the path.' }),
    transaction: transactionSchema.meta({ description: 'As in the path.' }),
    branch: branchSchema.meta({ description: 'As in the path.' }),
    payload: z.unknown().optional().meta({
      description:
        'With `prepare`: `account`, `direction` (`debit` or `credit`), `amount` in minor units, and `currency`, which the account must then be of. Anything else is refused with 409.',
    }),
    reason: z.string().optional().meta({ description: 'With `abort`: why, for people.' }),
    attempt: z.int().min(1).optional().meta({ description: 'How often this call was made.' }),
    deadlineInMs: z.number().min(0).optional().meta({ description: 'Milliseconds until the prepare phase ends.' }),
  })
  .meta({ id: 'ParticipantCall' });

export const foreignQuery = z.strictObject({
  limit: limitSchema,
  cursor: cursorSchema(z.string().regex(FOREIGN_POSITION)),
});

const foreignName = {
  coordinator: participantNameSchema.meta({ description: 'The service that coordinates it, by its name here.' }),
  transaction: transactionSchema,
  branch: branchSchema,
};

export const foreignParams = z.object(foreignName);

const foreignSchema = z
  .object({
    ...foreignName,
    account: accountIdSchema,
    direction: z.enum(['debit', 'credit']),
    amount: moneySchema,
    currency: currencySchema.optional(),
    since: instantSchema.meta({ description: 'When it was prepared.' }),
    ageSeconds: z.int(),
  })
  .meta({ id: 'ForeignBranch' });

export const foreignListSchema = z.object({ items: z.array(foreignSchema), nextCursor: nextCursorSchema });

export const foreignSettledSchema = z
  .object({ ...foreignName, as: z.enum(['committed', 'aborted']) })
  .meta({ id: 'SettledForeignBranch' });

export type ForeignBranchView = z.infer<typeof foreignSchema>;
