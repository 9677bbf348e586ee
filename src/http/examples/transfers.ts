import type { z } from 'zod';
import type { keysSchema } from '../schemas/keys';
import type { TransferView } from '../schemas/transferView';

export const TRANSFER_ID = '019aa8c4-7c00-7000-8000-0123456789ab';

const ABOUT = {
  id: TRANSFER_ID,
  origin: 'alice',
  destination: 'bob',
  amount: 30,
  metadata: { invoice: '2026-0042' },
  attempts: 0,
  deadlineAt: '2026-11-21T22:00:10.000Z',
  createdAt: '2026-11-21T22:00:00.000Z',
} satisfies Partial<TransferView>;

const BEGUN = { status: 'preparing', at: '2026-11-21T22:00:00.000Z' } as const;

function branches(state: TransferView['branches'][number]['state']): TransferView['branches'] {
  return [
    { account: 'alice', direction: 'debit', state },
    { account: 'bob', direction: 'credit', state },
  ];
}

export const COMMITTED: TransferView = {
  ...ABOUT,
  status: 'committed',
  branches: branches('committed'),
  history: [
    BEGUN,
    {
      status: 'committing',
      at: '2026-11-21T22:00:00.004Z',
      votes: [
        { account: 'alice', vote: 'commit' },
        { account: 'bob', vote: 'commit' },
      ],
    },
    { status: 'committed', at: '2026-11-21T22:00:00.007Z', confirmed: ['alice', 'bob'] },
  ],
  updatedAt: '2026-11-21T22:00:00.007Z',
  finishedAt: '2026-11-21T22:00:00.007Z',
};

export const PENDING: TransferView = {
  ...ABOUT,
  status: 'preparing',
  branches: branches('none'),
  history: [BEGUN],
  updatedAt: '2026-11-21T22:00:00.000Z',
};

export const ABORTING: TransferView = {
  ...ABOUT,
  status: 'aborting',
  reason: { kind: 'client', reason: 'the order was cancelled' },
  branches: branches('prepared'),
  history: [
    BEGUN,
    {
      status: 'aborting',
      at: '2026-11-21T22:00:01.000Z',
      reason: { kind: 'client', reason: 'the order was cancelled' },
    },
  ],
  updatedAt: '2026-11-21T22:00:01.000Z',
};

export const COMMITTING: TransferView = {
  ...ABOUT,
  status: 'committing',
  branches: [
    { account: 'alice', direction: 'debit', state: 'committed' },
    { account: 'bob', direction: 'credit', state: 'prepared' },
  ],
  history: [BEGUN, { status: 'committing', at: '2026-11-21T22:00:00.004Z' }],
  attempts: 3,
  updatedAt: '2026-11-21T22:00:00.004Z',
};

const TWO_STEPS = { ...ABOUT, amountAuthorized: 30, expiresAt: '2026-11-28T22:00:00.000Z' };
const AUTHORIZED_AT = { status: 'authorized', at: '2026-11-21T22:00:00.004Z' } as const;

export const CAPTURED: TransferView = {
  ...TWO_STEPS,
  status: 'committed',
  amountCaptured: 20,
  branches: branches('committed'),
  history: [
    BEGUN,
    AUTHORIZED_AT,
    { status: 'committing', at: '2026-11-23T10:00:00.000Z' },
    { status: 'committed', at: '2026-11-23T10:00:00.003Z', confirmed: ['alice', 'bob'] },
  ],
  updatedAt: '2026-11-23T10:00:00.003Z',
  finishedAt: '2026-11-23T10:00:00.003Z',
};

export const VOIDED: TransferView = {
  ...TWO_STEPS,
  status: 'aborted',
  reason: { kind: 'voided', reason: 'the guest did not come' },
  branches: branches('aborted'),
  history: [
    BEGUN,
    AUTHORIZED_AT,
    {
      status: 'aborting',
      at: '2026-11-23T10:00:00.000Z',
      reason: { kind: 'voided', reason: 'the guest did not come' },
    },
    { status: 'aborted', at: '2026-11-23T10:00:00.003Z', confirmed: ['alice', 'bob'] },
  ],
  updatedAt: '2026-11-23T10:00:00.003Z',
  finishedAt: '2026-11-23T10:00:00.003Z',
};

export const CAPTURING: TransferView = {
  ...TWO_STEPS,
  status: 'committing',
  amountCaptured: 20,
  branches: branches('prepared'),
  history: CAPTURED.history.slice(0, -1),
  updatedAt: '2026-11-23T10:00:00.000Z',
};

export const VOIDING: TransferView = {
  ...TWO_STEPS,
  status: 'aborting',
  reason: { kind: 'voided', reason: 'the guest did not come' },
  branches: branches('prepared'),
  history: VOIDED.history.slice(0, -1),
  updatedAt: '2026-11-23T10:00:00.000Z',
};

export const KEYS: z.infer<typeof keysSchema> = {
  items: [{ role: 'service', owner: 'shop', transferId: TRANSFER_ID, createdAt: '2026-11-21T22:00:00.004Z' }],
};
