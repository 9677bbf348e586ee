import type { RequestHandler } from 'express';
import type { Logger } from 'pino';
import type { TransactionId } from '../domain/ids';
import type { TransferQuery, TransferRefusal } from '../domain/transfer';
import type { AccountCommands } from '../engine/accounts/accountCommands';
import type { ForeignBranches } from '../engine/accounts/foreignBranches';
import type { Feed } from '../engine/feed/feed';
import type { JournalStore } from '../engine/journal/store';
import type { Participants } from '../engine/participants';
import type { History, OpenForeignBranch, Page, WaitingCalls, Wallets } from '../engine/reads';
import type { Coordinator } from '../engine/transactions/coordinator';
import type { Resumption, TransactionRecord } from '../engine/transactions/record';
import type { Webhooks } from '../engine/webhooks/webhooks';
import type { Authenticator } from './auth/authenticator';
import type { Draining } from './connections/draining';
import type { Callers } from './requests/checkSignature';

/** One dependency of the service, as seen now. `detail` is for people. */
export interface ReadinessCheck {
  readonly ok: boolean;
  readonly detail?: string;
}

export interface Readiness {
  readonly ready: boolean;
  readonly checks: Readonly<Record<string, ReadinessCheck>>;
}

export interface HttpLimits {
  /** The most requests in flight; one more is answered 503 before it takes memory. */
  readonly requestsInFlightMax: number;
  /** The most bytes of a request body. */
  readonly bodyBytesMax: number;
  /** The most requests a second of one caller; unset means no limit. */
  readonly requestsPerSecond?: number;
}

export const DEFAULT_LIMITS: HttpLimits = { requestsInFlightMax: 2000, bodyBytesMax: 64 * 1024 };

/** The reads of operators. They reject as all reads do. */
export interface Operations {
  /** Transfers that failed, and those unfinished after `olderThanMs`; the oldest first. */
  stuck(
    olderThanMs: number,
    limit: number,
    after?: TransactionId,
  ): Promise<Page<TransactionRecord<TransferQuery, TransferRefusal>, TransactionId>>;
  /**
   * Branches of other coordinators that are prepared and not decided, the oldest first. A page may be short and still
   * have a next page.
   */
  openForeign(limit: number, after?: string): Promise<Page<OpenForeignBranch, string>>;
  /** Calls that participants have not answered. */
  waitingCalls(): Promise<readonly WaitingCalls[]>;
  /** Resumes a transfer in this process, now. Rejects when the store is away. */
  drive(id: TransactionId): Promise<unknown>;
  /** The error of a transfer's last resume job, if the queue still has it. */
  lastError(resumption: Resumption): Promise<string | undefined>;
}

/** Counts requests, and reports the counts. */
export interface Meter {
  request(method: string, route: string | undefined, status: number, ms: number): void;
  render(): Promise<{ readonly contentType: string; readonly text: string }>;
}

/** The participant to try the protocol with; the console switches it on and off. */
export interface DemoSwitch {
  /** While false, the participant answers no call. */
  answers: boolean;
}

/** The dependencies and settings of the HTTP layer. */
export interface HttpDeps {
  /** Serves only monitoring and operations, as a worker does; default: everything. */
  readonly operationsOnly?: boolean;
  readonly name: string;
  readonly version: string;
  readonly authenticator: Authenticator;
  readonly commands: Pick<AccountCommands, 'ask'>;
  readonly journal: Pick<JournalStore<TransferQuery, TransferRefusal>, 'load'>;
  readonly coordinator: Pick<Coordinator<TransferQuery, TransferRefusal>, 'create' | 'repeated' | 'get'>;
  readonly participants: Pick<Participants, 'names' | 'status'>;
  /** The switch of the demo participant, if there is one. */
  readonly demo?: DemoSwitch | undefined;
  /** The coordinators that may include accounts of this service in their transactions; unset means none may. */
  readonly coordinators?: {
    readonly callers: Callers;
    readonly branches: Pick<ForeignBranches, 'prepare' | 'commit' | 'abort'>;
  };
  /** Branches of other coordinators, for operators, even if the coordinator may no longer call. */
  readonly foreign: Pick<ForeignBranches, 'settle'>;
  readonly wallets: Wallets;
  readonly feed: Feed<TransferQuery, TransferRefusal>;
  readonly webhooks: {
    readonly store: Webhooks;
    /** Why the service cannot call an address, as text for people; undefined if it can. */
    whyRefused(url: string): Promise<string | undefined>;
  };
  readonly operations: Operations;
  readonly metrics: Meter;
  /** The dashboard of the queue. */
  readonly dashboard: RequestHandler;
  readonly history: History<TransferQuery, TransferRefusal>;
  /** Never rejects: a dependency that cannot be reached is a check that is not ok. */
  readonly readiness: () => Promise<Readiness>;
  readonly draining: Draining;
  /** Whether the process is busy. Requests that may wait give way then. */
  readonly load: { readonly isHigh: boolean };
  /** What the service admits beyond the defaults; see `requests/checkHead`. */
  readonly allowed?: {
    /** Lower-case names, with or without a port, that `Host` may contain while every caller is served. */
    readonly hosts: readonly string[];
    /** Origins, as browsers write them, whose pages may send state-changing requests. */
    readonly origins: readonly string[];
  };
  readonly log: Logger;
  readonly limits: HttpLimits;
  /** The time limit of the prepare phase, for a transfer that requests none. */
  readonly transferTimeoutMs: number;
  /** How long a transfer call waits for the final status before it answers 202. */
  readonly httpWaitMs: number;
}
