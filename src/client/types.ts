import type { z } from 'zod';
import type {
  accountDetailsSchema,
  accountSchema,
  accountsSchema,
  accountThenSchema,
  changeBody,
  entriesSchema,
  noteBody,
  openBody,
} from '../http/schemas/accounts';
import type { batchBody, batchSchema } from '../http/schemas/batch';
import type { indexSchema, openApiSchema } from '../http/schemas/documentation';
import type { eventSchema, eventsSchema } from '../http/schemas/events';
import type { liveSchema, readySchema } from '../http/schemas/health';
import type { holdsSchema } from '../http/schemas/holds';
import type { keysSchema } from '../http/schemas/keys';
import type { stuckListSchema } from '../http/schemas/operations';
import type { participantsSchema, settleBody } from '../http/schemas/participants';
import type { foreignListSchema, foreignSettledSchema } from '../http/schemas/participation';
import type { problemSchema } from '../http/schemas/problem';
import type { captureBody, transferBody } from '../http/schemas/transfers';
import type { transferSchema, transfersSchema } from '../http/schemas/transferView';
import type {
  ledgerEntriesSchema,
  ledgerSchema,
  recordBody,
  recordedSchema,
  walletBalanceSchema,
  walletMovedSchema,
  walletsSchema,
} from '../http/schemas/wallets';
import type {
  deliveriesSchema,
  replayBody,
  rotateBody,
  webhookBody,
  webhookBodySchema,
  webhookSchema,
  webhookSecretSchema,
  webhooksSchema,
} from '../http/schemas/webhooks';

// ops/client/types.mjs generates the package's types from the same schemas. It requires one line of this form for each
// type.
export type Account = z.infer<typeof accountSchema>;
export type AccountChange = z.input<typeof changeBody>;
export type AccountDetails = z.infer<typeof accountDetailsSchema>;
export type Accounts = z.infer<typeof accountsSchema>;
export type AccountThen = z.infer<typeof accountThenSchema>;
export type CaptureTransfer = z.input<typeof captureBody>;
export type Deliveries = z.infer<typeof deliveriesSchema>;
export type Entries = z.infer<typeof entriesSchema>;
export type EntryNote = z.input<typeof noteBody>;
export type Event = z.infer<typeof eventSchema>;
export type Events = z.infer<typeof eventsSchema>;
export type ForeignBranches = z.infer<typeof foreignListSchema>;
export type Holds = z.infer<typeof holdsSchema>;
export type IdempotencyKeys = z.infer<typeof keysSchema>;
export type Index = z.infer<typeof indexSchema>;
export type Ledger = z.infer<typeof ledgerSchema>;
export type LedgerEntries = z.infer<typeof ledgerEntriesSchema>;
export type LedgerRecord = z.input<typeof recordBody>;
export type Live = z.infer<typeof liveSchema>;
export type NewAccount = z.input<typeof openBody>;
export type NewTransfer = z.input<typeof transferBody>;
export type NewWebhook = z.input<typeof webhookBody>;
export type OpenApi = z.infer<typeof openApiSchema>;
export type Participants = z.infer<typeof participantsSchema>;
export type Problem = z.infer<typeof problemSchema>;
export type Ready = z.infer<typeof readySchema>;
export type Recorded = z.infer<typeof recordedSchema>;
export type ReplayEvents = z.input<typeof replayBody>;
export type RotateSecret = z.input<typeof rotateBody>;
export type SettleBranch = z.input<typeof settleBody>;
export type SettledForeignBranch = z.infer<typeof foreignSettledSchema>;
export type StuckTransfers = z.infer<typeof stuckListSchema>;
export type Transfer = z.infer<typeof transferSchema>;
export type TransferBatch = z.input<typeof batchBody>;
export type TransferBatchResults = z.infer<typeof batchSchema>;
export type Transfers = z.infer<typeof transfersSchema>;
export type WalletBalance = z.infer<typeof walletBalanceSchema>;
export type WalletMoved = z.infer<typeof walletMovedSchema>;
export type Wallets = z.infer<typeof walletsSchema>;
export type Webhook = z.infer<typeof webhookSchema>;
export type WebhookEvent = z.infer<typeof webhookBodySchema>;
export type Webhooks = z.infer<typeof webhooksSchema>;
export type WebhookWithSecret = z.infer<typeof webhookSecretSchema>;
