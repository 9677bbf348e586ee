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
  stuck(
    olderThanMs: number,
    limit: number,
    after?: TransactionId,
  ): Promise<Page<TransactionRecord<TransferQuery, TransferRefusal>, TransactionId>>;
  /** Branches of other coordinators that are prepared and not decided, the oldest first; a page may be short and be followed by more. */
  openForeign(limit: number, after?: string): Promise<Page<OpenForeignBranch, string>>;
  /** What participants have not answered. */
  waitingCalls(): Promise<readonly WaitingCalls[]>;
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

/** A participant that is there to try the protocol with; the console switches it off and on. */
export interface DemoSwitch {
  /** While this is false it answers no call. */
  answers: boolean;
}

/** What the HTTP layer calls and is configured with. */
export interface HttpDeps {
  /** A worker answers only those who watch and operate it; by default everything is served. */
  readonly operationsOnly?: boolean;
  readonly name: string;
  readonly version: string;
  readonly authenticator: Authenticator;
  readonly commands: Pick<AccountCommands, 'ask'>;
  readonly journal: Pick<JournalStore<TransferQuery, TransferRefusal>, 'load'>;
  readonly coordinator: Pick<Coordinator<TransferQuery, TransferRefusal>, 'create' | 'repeated' | 'get'>;
  readonly participants: Pick<Participants, 'names' | 'status'>;
  /** The switch of the demo participant, where there is one. */
  readonly demo?: DemoSwitch | undefined;
  /** Who may have accounts take part in what they coordinate; without it none may. */
  readonly coordinators?: {
    readonly callers: Callers;
    readonly branches: Pick<ForeignBranches, 'prepare' | 'commit' | 'abort'>;
  };
  /** Branches of other coordinators, for operators: also of one that may not call any more. */
  readonly foreign: Pick<ForeignBranches, 'settle'>;
  readonly wallets: Wallets;
  readonly feed: Feed<TransferQuery, TransferRefusal>;
  readonly webhooks: {
    readonly store: Webhooks;
    /** Why an address cannot be called, for people. */
    whyRefused(url: string): Promise<string | undefined>;
  };
  readonly operations: Operations;
  readonly metrics: Meter;
  /** The dashboard of the queue. */
  readonly dashboard: RequestHandler;
  readonly history: History<TransferQuery, TransferRefusal>;
  /** Never rejects: what cannot be reached is a check that is not ok. */
  readonly readiness: () => Promise<Readiness>;
  readonly draining: Draining;
  /** What is let in beside what always is; see `requests/checkHead`. */
  readonly allowed?: {
    /** Names in lower case, with or without a port, that requests may give as `Host` while every caller is served. */
    readonly hosts: readonly string[];
    /** Origins, as browsers write them, whose pages may send requests that change something. */
    readonly origins: readonly string[];
  };
  readonly log: Logger;
  readonly limits: HttpLimits;
  /** Deadline of the prepare phase, from now, of a transfer that asks for none of its own. */
  readonly transferTimeoutMs: number;
  /** How long a transfer call waits for the final status before it answers 202. */
  readonly httpWaitMs: number;
}
