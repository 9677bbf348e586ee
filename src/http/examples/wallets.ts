import type { z } from 'zod';
import type {
  ledgerEntriesSchema,
  ledgerSchema,
  recordedSchema,
  walletBalanceSchema,
  walletMovedSchema,
  walletsSchema,
} from '../schemas/wallets';

const TOTALS = {
  ownerId: 'alice',
  depositCents: 900,
  depositCount: 3,
  withdrawCents: 400,
  withdrawCount: 1,
  lastActivityAt: '2026-11-21T22:00:00.000Z',
};

export const WALLET_BALANCE: z.infer<typeof walletBalanceSchema> = { ownerId: 'alice', balance: 500 };

export const ACCEPTED: z.infer<typeof walletMovedSchema> = {
  ownerId: 'alice',
  accepted: true,
  balance: 500,
  reason: null,
};

export const TURNED_DOWN: z.infer<typeof walletMovedSchema> = {
  ownerId: 'alice',
  accepted: false,
  balance: 20,
  reason: 'insufficient-funds',
};

export const LEDGER: z.infer<typeof ledgerSchema> = TOTALS;

export const LEDGER_ENTRIES: z.infer<typeof ledgerEntriesSchema> = {
  ownerId: 'alice',
  count: 1,
  entries: [
    { id: 7, kind: 'deposit', amountCents: 500, occurredAt: '2026-11-21T22:00:00.000Z', description: 'salary' },
  ],
};

export const RECORDED: z.infer<typeof recordedSchema> = {
  ownerId: 'alice',
  kind: 'deposit',
  amountCents: 500,
  status: 'recorded',
};

export const WALLETS: z.infer<typeof walletsSchema> = {
  count: 1,
  wallets: [{ ...TOTALS, balance: 470, netCents: 500 }],
};
