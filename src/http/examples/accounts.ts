import type { z } from 'zod';
import type { accountDetailsSchema, accountSchema, entriesSchema } from '../schemas/accounts';
import type { holdsSchema } from '../schemas/holds';
import { TRANSFER_ID } from './transfers';

type Account = z.infer<typeof accountSchema>;

export const NEW_ACCOUNT: Account = { id: 'alice', balance: 0, held: 0, incoming: 0, available: 0 };
export const ACCOUNT: Account = { id: 'alice', balance: 500, held: 30, incoming: 0, available: 470 };
export const AFTER_DEPOSIT: Account = { id: 'alice', balance: 500, held: 0, incoming: 0, available: 500 };
export const AFTER_WITHDRAWAL: Account = { id: 'alice', balance: 470, held: 0, incoming: 0, available: 470 };

export const DETAILS: z.infer<typeof accountDetailsSchema> = {
  ...ACCOUNT,
  currency: 'EUR',
  overdraftLimit: 0,
  frozen: null,
  state: 'open',
  openedAt: '2026-11-21T21:58:00.000Z',
  lastSeq: 3,
};

export const ENTRIES: z.infer<typeof entriesSchema> = {
  items: [
    {
      seq: 2,
      kind: 'hold',
      amount: 30,
      balanceAfter: 500,
      transferId: TRANSFER_ID,
      occurredAt: '2026-11-21T22:00:00.002Z',
    },
    { seq: 1, kind: 'deposit', amount: 500, balanceAfter: 500, occurredAt: '2026-11-21T21:59:00.000Z' },
  ],
  nextCursor: null,
};

export const ENTRIES_CSV = `seq,occurredAt,kind,amount,balanceAfter,transferId,posting,description,metadata,requestedBy,expiresAt,coordinatedBy
2,2026-11-21T22:00:00.002Z,hold,30,500,${TRANSFER_ID},,,,,,
1,2026-11-21T21:59:00.000Z,deposit,500,500,,,,,,,
`;

export const HOLDS: z.infer<typeof holdsSchema> = {
  items: [
    {
      transferId: TRANSFER_ID,
      direction: 'debit',
      amount: 30,
      since: '2026-11-21T22:00:00.002Z',
      status: 'authorized',
      expiresAt: '2026-11-28T22:00:00.002Z',
      requestedBy: 'alice',
    },
  ],
  nextCursor: null,
};
