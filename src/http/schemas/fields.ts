import { z } from 'zod';
import { ACCOUNT_ID, TRANSACTION_ID } from '../../domain/ids';
import { AMOUNT_MAX, type AmountError, parseAmount } from '../../domain/money';
import { PARTICIPANT_BRANCH, PARTICIPANT_NAME } from '../../engine/participants';

export const accountIdSchema = z
  .string()
  .regex(ACCOUNT_ID, 'must be 1 to 64 letters, digits or ._:- and start with a letter or digit')
  .meta({ id: 'AccountId', description: 'Names an account.', example: 'alice' });

export const transferIdSchema = z
  .string()
  .regex(TRANSACTION_ID, 'must be a UUID in lower case')
  .meta({ id: 'TransferId', description: 'Names a transfer: a UUID, version 7, in lower case.' });

/** For an entry or a hold whose transaction another service coordinates. */
export const coordinatedBySchema = z
  .object({
    name: z.string().meta({ description: 'The name of the service, in PARTICIPANT_SECRETS.' }),
    transaction: z.string().meta({ description: 'What it calls the transaction.' }),
    branch: z.string().meta({ description: 'What it calls the part of the account in it.' }),
  })
  .optional()
  .meta({ description: 'Of a transaction that another service coordinates; in place of `transferId`.' });

const AMOUNT_PROBLEM: Record<AmountError, string> = {
  'not-an-integer': 'must be an integer in minor units',
  'too-small': 'must be at least 1',
  'too-large': `must be at most ${AMOUNT_MAX}`,
};

function amountOr(input: unknown, context: z.RefinementCtx): bigint {
  const amount = parseAmount(input);
  if (typeof amount === 'bigint') return amount;
  context.addIssue({ code: 'custom', message: AMOUNT_PROBLEM[amount] });
  return z.NEVER;
}

/** An integer of minor units in a body, which may be 0. Its bounds are told apart from its type. */
export const minorUnitsSchema = z
  .int({ error: ({ code }) => (code === 'invalid_type' ? AMOUNT_PROBLEM['not-an-integer'] : undefined) })
  .min(0)
  .max(Number.MAX_SAFE_INTEGER);

/** The documented schema of an amount, which is text in a path and a number in a body. */
const AMOUNT = { type: 'integer', minimum: 1, maximum: Number(AMOUNT_MAX), example: 500 } as const;

/** An amount in a path: decimal digits, minor units, 1 .. AMOUNT_MAX. */
export const pathAmountSchema = z
  .string()
  .regex(/^\d+$/, 'must be an integer in minor units, in decimal digits')
  .transform(amountOr)
  .meta({ description: `Minor units, 1 to ${AMOUNT_MAX}.`, ...AMOUNT });

/** An amount in a body: a JSON integer, minor units, 1 .. AMOUNT_MAX. */
export const bodyAmountSchema = z
  .number()
  .transform(amountOr)
  .meta({ description: 'Minor units.', ...AMOUNT });

/** An amount or a balance in an answer: a JSON integer in minor units. */
export const moneySchema = z.int().min(0).meta({ description: 'Minor units.', example: 500 });

/** A sum of amounts over all time: a JSON integer with all its digits. */
export const totalSchema = z.number().meta({
  description: 'Minor units, exact. May exceed 2^53 - 1, where many readers of JSON round.',
  type: 'integer',
  minimum: 0,
  example: 500,
});

/** A balance: may be below zero if the account may be overdrawn. */
export const balanceSchema = z
  .int()
  .meta({ description: 'Minor units; below zero when the account is overdrawn.', example: 500 });

export const currencySchema = z
  .string()
  .regex(/^[A-Z0-9]{3,12}$/, 'must be 3 to 12 characters A-Z or 0-9')
  .meta({ description: 'A currency, or another unit.', example: 'EUR' });

/** ISO 8601 in UTC. */
export const instantSchema = z.iso.datetime({ offset: true }).meta({ example: '2026-11-21T22:00:00.000Z' });

export const participantNameSchema = z
  .string()
  .regex(PARTICIPANT_NAME, 'must be 1 to 64 letters, digits and . _ -, the first a letter or digit');

export const participantBranchSchema = z
  .string()
  .regex(PARTICIPANT_BRANCH, 'must be 1 to 64 letters, digits and . _ : -, the first a letter or digit');
