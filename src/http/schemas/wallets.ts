import { z } from 'zod';
import { accountIdSchema, balanceSchema, bodyAmountSchema, instantSchema, moneySchema, totalSchema } from './fields';
import { isStorable } from './metadata';
import { limitSchema } from './paging';

const ownerId = accountIdSchema.meta({ description: 'The owner of the token; its wallet is the account of that id.' });

export const walletBalanceSchema = z.object({ ownerId, balance: balanceSchema }).meta({ id: 'WalletBalance' });

export const walletMoneyBody = z.strictObject({ amountCents: bodyAmountSchema }).meta({ id: 'WalletMoney' });

export const walletMovedSchema = z
  .object({
    ownerId,
    accepted: z.boolean(),
    balance: balanceSchema,
    reason: z.string().nullable().meta({ description: 'Why it was not accepted; null when it was.' }),
  })
  .meta({ id: 'WalletMoved' });

const totals = {
  ownerId,
  depositCents: totalSchema,
  depositCount: z.int().min(0),
  withdrawCents: totalSchema,
  withdrawCount: z.int().min(0),
  lastActivityAt: instantSchema.nullable(),
};

export const ledgerSchema = z.object(totals).meta({ id: 'Ledger', description: 'Deposits and withdrawals, added up.' });

export const ledgerEntriesQuery = z.strictObject({ limit: limitSchema });

export const ledgerEntriesSchema = z
  .object({
    ownerId,
    count: z.int().min(0),
    entries: z.array(
      z.object({
        id: z.int().min(1),
        kind: z.enum(['deposit', 'withdraw', 'spend', 'receive']),
        amountCents: moneySchema,
        occurredAt: instantSchema,
        description: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'LedgerEntries' });

export const recordBody = z
  .strictObject({
    kind: z.enum(['deposit', 'withdraw']),
    amountCents: bodyAmountSchema,
    description: z.string().max(500).refine(isStorable, 'must not contain U+0000 or lone surrogates').optional(),
  })
  .meta({ id: 'LedgerRecord' });

export const recordedSchema = z
  .object({
    ownerId,
    kind: z.enum(['deposit', 'withdraw']),
    amountCents: moneySchema,
    status: z.literal('recorded'),
  })
  .meta({ id: 'Recorded' });

export const walletsSchema = z
  .object({
    count: z.int().min(0),
    wallets: z.array(
      z.object({
        ...totals,
        balance: balanceSchema.meta({ description: 'Minor units on the account now.' }),
        netCents: z.number().meta({ type: 'integer', description: 'Deposits less withdrawals.' }),
      }),
    ),
  })
  .meta({ id: 'Wallets' });
