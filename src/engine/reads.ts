import type { JournalKind } from '../domain/account/events';
import type { AccountTerms, OpenAccount } from '../domain/account/state';
import type { AccountId, TransactionId } from '../domain/ids';
import type { TransactionStatus } from '../domain/transaction/state';
import type { ForeignName, ForeignRequest } from './journal/entries';
import type { TransactionRecord } from './transactions/record';
import type { UnansweredCall } from './transactions/unanswered';

/** Part of a list. `next` is where the rest begins; none when this is the end. */
export interface Page<Item, Position> {
  readonly items: readonly Item[];
  readonly next?: Position;
}

export interface TransactionFilter {
  readonly status?: TransactionStatus | undefined;
  /** Takes part in it. */
  readonly account?: AccountId | undefined;
  /** Pays. */
  readonly origin?: AccountId | undefined;
  /** Created at or after, and before; ISO 8601. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Members that its metadata has at the top level, as text. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/** One row of an account's journal. Amounts in minor units, time in ISO 8601 of the database's clock. */
export interface JournalRow {
  readonly seq: number;
  readonly kind: JournalKind;
  readonly amount: bigint;
  readonly balanceAfter: bigint;
  readonly transactionId?: TransactionId;
  /** Of a transaction that another service coordinates: what that calls the branch. */
  readonly foreign?: ForeignName;
  /** Which posting of the transaction, of an entry that moved money for one. */
  readonly posting?: number;
  readonly description?: string;
  readonly metadata?: unknown;
  /** Who asked: the owner or name behind the token, or the service that coordinates. */
  readonly requestedBy?: string;
  readonly occurredAt: string;
  /** When the authorization that this entry promised something for ends, or ended. */
  readonly expiresAt?: string;
}

/** One side of an open branch: what it holds, or what it expects. Amount in minor units, instants in ISO 8601. */
export interface OpenHold {
  /** The entry of the journal that promised it. */
  readonly seq: number;
  readonly transactionId: TransactionId;
  /** Of a transaction that another service coordinates: what that calls the branch. */
  readonly foreign?: ForeignName;
  readonly kind: 'hold' | 'expect';
  readonly amount: bigint;
  readonly since: string;
  /** Of the transaction, where its record is there. */
  readonly status?: TransactionStatus;
  /** Of an authorization: when it ends. */
  readonly expiresAt?: string;
  readonly requestedBy?: string;
}

/**
 * What happened, for those who look back. Reads of its own connections, so that a long look never keeps money waiting.
 * Pages are cut by position, not by number: rows that arrive between two pages neither repeat nor hide an item. Throws
 * UnavailableError when the database is away, OverloadedError when all of its connections are taken.
 */
export interface History<Q, R> {
  transactions(
    filter: TransactionFilter,
    limit: number,
    after?: TransactionId,
  ): Promise<Page<TransactionRecord<Q, R>, TransactionId>>;
  /** None for an account that does not exist. */
  entries(
    account: AccountId,
    filter: EntryFilter,
    limit: number,
    after?: number,
  ): Promise<Page<JournalRow, number> | undefined>;
  /** What the account has promised and what is promised to it, in transactions that are not final. None as for entries. */
  holds(account: AccountId, limit: number, after?: number): Promise<Page<OpenHold, number> | undefined>;
  /** What an idempotency key stands for: callers choose their keys without knowing of each other, so one for each. */
  keys(key: string, limit: number): Promise<readonly FoundKey[]>;
  /** In the order of their ids. */
  accounts(limit: number, after?: AccountId): Promise<Page<AccountRecord, AccountId>>;
  account(id: AccountId): Promise<AccountRecord | undefined>;
  /** The account after its last entry at or before an instant; none when it has no such entry. */
  accountAt(id: AccountId, at: string): Promise<Pick<AccountRecord, 'balance' | 'held' | 'incoming'> | undefined>;
}

/** What a client's idempotency key stands for, in the scope of one caller. */
export interface FoundKey {
  /** The caller that it belongs to, as the scope of a {@link RequestKey} names it. */
  readonly scope: string;
  readonly createdAt: string;
  /** The transaction that its request started. None where it changed one account by itself. */
  readonly transactionId?: TransactionId;
}

export interface EntryFilter {
  readonly kind?: JournalKind | undefined;
  /** At or after, and before; ISO 8601. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

/** The whole state of an account. Amounts in minor units, instants in ISO 8601. */
export interface AccountRecord {
  readonly id: AccountId;
  readonly balance: bigint;
  readonly held: bigint;
  readonly incoming: bigint;
  readonly terms: AccountTerms;
  readonly openedAt: string;
  readonly closedAt?: string;
}

/** What one participant has not answered, in all transactions that are not finished. */
export interface WaitingCalls {
  readonly participant: string;
  readonly count: number;
  readonly oldestSeconds: number;
  /** The call that waits longest; `branch` is as the participant knows it. Instants in ISO 8601. */
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

/** Deposits and withdrawals of one account, added up. Amounts in minor units. */
export interface Ledger {
  readonly account: AccountId;
  readonly deposited: bigint;
  readonly depositCount: number;
  readonly withdrawn: bigint;
  readonly withdrawCount: number;
  readonly lastActivityAt: string | null;
}

/** The totals of an account, and its balance now. */
export interface RankedWallet extends Ledger {
  readonly balance: bigint;
}

/** Wallets: accounts as their owners look at them. Throws as {@link History} does. */
export interface Wallets {
  /** The account that its journal comes to, replayed; what is held too. Empty for an account that does not exist. */
  replay(account: AccountId): Promise<OpenAccount>;
  ledger(account: AccountId): Promise<Ledger | undefined>;
  /** Newest first; only entries that moved money. */
  moneyEntries(account: AccountId, limit: number): Promise<readonly JournalRow[]>;
  /** By what was deposited less what was withdrawn, the largest first; accounts that only received are among them. */
  richest(limit: number): Promise<readonly RankedWallet[]>;
}
