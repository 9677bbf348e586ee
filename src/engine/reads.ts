import type { JournalKind } from '../domain/account/events';
import type { AccountTerms, OpenAccount } from '../domain/account/state';
import type { AccountId, TransactionId } from '../domain/ids';
import type { TransactionStatus } from '../domain/transaction/state';
import type { ForeignName, ForeignRequest } from './journal/entries';
import type { TransactionRecord } from './transactions/record';
import type { UnansweredCall } from './transactions/unanswered';

/** Part of a list. `next` is where the rest begins; undefined at the end of the list. */
export interface Page<Item, Position> {
  readonly items: readonly Item[];
  readonly next?: Position;
}

export interface TransactionFilter {
  readonly status?: TransactionStatus | undefined;
  /** The account takes part in the transaction; with another `origin`, it receives from `origin`. */
  readonly account?: AccountId | undefined;
  /** The account pays. */
  readonly origin?: AccountId | undefined;
  /** Created at or after `from` and before `to`; ISO 8601. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Top-level members that the metadata must have, as text. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** One row of an account's journal. Amounts in minor units; times in ISO 8601, of the database's clock. */
export interface JournalRow {
  readonly seq: number;
  readonly kind: JournalKind;
  readonly amount: bigint;
  readonly balanceAfter: bigint;
  readonly transactionId?: TransactionId;
  /** Set when another service coordinates the transaction: that service's name for the branch. */
  readonly foreign?: ForeignName;
  /** Which posting of the transaction this is. Set for an entry that moved money for a posting. */
  readonly posting?: number;
  readonly description?: string;
  readonly metadata?: unknown;
  /** Who asked: the owner or name behind the token, or the coordinating service. */
  readonly requestedBy?: string;
  readonly occurredAt: string;
  /** When the authorization for which this entry promised something ends or ended. */
  readonly expiresAt?: string;
}

/** One side of an open branch: what it holds, or what it expects. Amount in minor units; instants in ISO 8601. */
export interface OpenHold {
  /** The journal entry that made the promise. */
  readonly seq: number;
  readonly transactionId: TransactionId;
  /** Set when another service coordinates the transaction: that service's name for the branch. */
  readonly foreign?: ForeignName;
  readonly kind: 'hold' | 'expect';
  readonly amount: bigint;
  readonly since: string;
  /** The transaction's status, if its record exists. */
  readonly status?: TransactionStatus;
  /** When the authorization ends. Set for an authorization. */
  readonly expiresAt?: string;
  readonly requestedBy?: string;
}

/**
 * Reads of the past. They use their own connections, so that a long read never delays a transfer. Pages are cut by
 * position, not by number: rows that arrive between two pages neither repeat nor hide an item. Throws UnavailableError
 * when the database is away, and OverloadedError when all of these connections are taken.
 */
export interface History<Q, R> {
  transactions(
    filter: TransactionFilter,
    limit: number,
    after?: TransactionId,
  ): Promise<Page<TransactionRecord<Q, R>, TransactionId>>;
  /** Undefined for an account that does not exist. */
  entries(
    account: AccountId,
    filter: EntryFilter,
    limit: number,
    after?: number,
  ): Promise<Page<JournalRow, number> | undefined>;
  /** What the account has promised, and what is promised to it, in transactions that are not final. Undefined as for `entries`. */
  holds(account: AccountId, limit: number, after?: number): Promise<Page<OpenHold, number> | undefined>;
  /** What an idempotency key stands for. Callers choose their keys independently, so there may be one use for each caller. */
  keys(key: string, limit: number): Promise<readonly FoundKey[]>;
  /** Accounts in the order of their ids. */
  accounts(limit: number, after?: AccountId): Promise<Page<AccountRecord, AccountId>>;
  account(id: AccountId): Promise<AccountRecord | undefined>;
  /** The account after its last entry at or before an instant; undefined when it has no such entry. */
  accountAt(id: AccountId, at: string): Promise<Pick<AccountRecord, 'balance' | 'held' | 'incoming'> | undefined>;
}

/** What a client's idempotency key stands for in the scope of one caller. */
export interface FoundKey {
  /** The caller to whom the key belongs, in the form of the scope of a {@link RequestKey}. */
  readonly scope: string;
  readonly createdAt: string;
  /** The transaction that the request started. Undefined when the request changed a single account. */
  readonly transactionId?: TransactionId;
}

export interface EntryFilter {
  readonly kind?: JournalKind | undefined;
  /** Only entries with a larger `seq`. */
  readonly afterSeq?: number | undefined;
  /** Only entries with a smaller `seq`. */
  readonly beforeSeq?: number | undefined;
  /** At or after `from` and before `to`; ISO 8601. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The whole state of an account. Amounts in minor units; instants in ISO 8601. */
export interface AccountRecord {
  readonly id: AccountId;
  /** The number of the account's last entry. */
  readonly lastSeq: number;
  readonly balance: bigint;
  readonly held: bigint;
  readonly incoming: bigint;
  readonly terms: AccountTerms;
  readonly openedAt: string;
  readonly closedAt?: string;
}

/** Unanswered calls to one participant, in all transactions that are not final. */
export interface WaitingCalls {
  readonly participant: string;
  readonly count: number;
  readonly oldestSeconds: number;
  /** The call that has waited longest. `branch` is the participant's name for it. Instants in ISO 8601. */
  readonly oldest: UnansweredCall & {
    readonly transactionId: TransactionId;
    readonly since: string;
    readonly nextAt: string;
  };
}

/** A prepared branch of another coordinator. Instants in ISO 8601. */
export interface OpenForeignBranch extends ForeignName, ForeignRequest {
  readonly since: string;
  readonly ageSeconds: number;
}

/** Total deposits and withdrawals of one account. Amounts in minor units. */
export interface Ledger {
  readonly account: AccountId;
  readonly deposited: bigint;
  readonly depositCount: number;
  readonly withdrawn: bigint;
  readonly withdrawCount: number;
  readonly lastActivityAt: string | null;
}

/** The totals of an account, and its current balance. */
export interface RankedWallet extends Ledger {
  readonly balance: bigint;
}

/** Wallets: accounts as their owners see them. Throws as {@link History} does. */
export interface Wallets {
  /** The account, with its holds, as a replay of its journal computes it. Empty for an account that does not exist. */
  replay(account: AccountId): Promise<OpenAccount>;
  ledger(account: AccountId): Promise<Ledger | undefined>;
  /** Newest first. Only entries that moved money. */
  moneyEntries(account: AccountId, limit: number): Promise<readonly JournalRow[]>;
  /** Ordered by deposits minus withdrawals, largest first. Accounts that only received transfers are included. */
  richest(limit: number): Promise<readonly RankedWallet[]>;
}
