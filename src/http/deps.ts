import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { TransactionId } from '../domain/ids';
import type { TransferQuery, TransferRefusal } from '../domain/transfer';
import type { Accounts } from '../engine/accounts';
import type { Coordinator } from '../engine/coordinator';
import type { AccountStore, Resumption, TransactionRecord } from '../engine/ports';
import type { History, Wallets } from '../engine/reads';
import type { Authenticator } from './auth/authenticator';
import type { Draining } from './draining';

/** One thing the service needs, as seen now. `detail` is for people. */
export interface ReadinessCheck {
  readonly ok: boolean;
  readonly detail?: string;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
}

export interface HttpLimits {
  /** Requests being answered at once; one more is answered 503 before it takes memory. */
  readonly requestsInFlightMax: number;
  /** Bytes of a request body. */
  readonly bodyBytesMax: number;
  /** Requests a second of one caller; none is no limit. */
  readonly requestsPerSecond?: number;
}

export const DEFAULT_LIMITS: HttpLimits = { requestsInFlightMax: 2000, bodyBytesMax: 64 * 1024 };

/** What operators look at. Throws as the reads do. */
export interface Operations {
  /** Transfers that failed, and those unfinished after `olderThanMs`; the oldest first. */
  stuck(olderThanMs: number, limit: number): Promise<readonly TransactionRecord<TransferQuery, TransferRefusal>[]>;
  /** Goes on with a transfer in this process, now. Rejects when the store is away. */
  drive(id: TransactionId): Promise<unknown>;
  /** What the last resume job of a transfer failed with, if it is still known. */
  lastError(resumption: Resumption): Promise<string | undefined>;
}

/** Counts requests, and tells what was counted. */
export interface Meter {
  request(method: string, route: string | undefined, status: number, ms: number): void;
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** What the HTTP layer calls and is configured with. */
export interface HttpDeps {
  /** A worker answers only those who watch and operate it; by default everything is served. */
  readonly operationsOnly?: boolean;
  readonly name: string;
  readonly version: string;
  readonly authenticator: Authenticator;
  readonly accounts: Pick<Accounts, 'of'>;
  readonly accountStore: Pick<AccountStore, 'load' | 'loadBranch' | 'open'>;
  readonly coordinator: Pick<Coordinator<TransferQuery, TransferRefusal>, 'create' | 'get'>;
  readonly wallets: Wallets;
  readonly operations: Operations;
  readonly metrics: Meter;
  /** The dashboard of the queue. */
  readonly dashboard: RequestHandler;
  readonly history: History<TransferQuery, TransferRefusal>;
  /** Never rejects: what cannot be reached is a check that is not ok. */
  readonly readiness: () => Promise<Readiness>;
  readonly draining: Draining;
  readonly log: Logger;
  readonly limits: HttpLimits;
  /** Deadline of the prepare phase, from now, of a transfer that asks for none of its own. */
  readonly transferTimeoutMs: number;
  /** How long a transfer call waits for the final status before it answers 202. */
  readonly httpWaitMs: number;
}
