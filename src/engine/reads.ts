import type { JournalKind } from '../domain/account/journal';
import type { OpenAccount } from '../domain/account/state';
import type { AccountId, TransactionId } from '../domain/ids';
import type { TransactionStatus } from '../domain/transaction/state';
import type { TransactionRecord } from './ports';

/** Part of a list, newest first. `next` is where the rest begins; none when this is the end. */
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
}

/** One row of an account's journal. Amounts in minor units, time in ISO 8601 of the database's clock. */
export interface JournalRow {
  readonly seq: number;
  readonly kind: JournalKind;
  readonly amount: bigint;
  readonly balanceAfter: bigint;
  readonly transactionId?: TransactionId;
  readonly description?: string;
  readonly occurredAt: string;
}

/**
 * What happened, for those who look back. Reads of its own connections, so that a long look never keeps money waiting.
 * Pages are cut by position, not by number: rows that arrive meanwhile neither repeat nor hide an item. Throws
 * UnavailableError when the database is away or all of its connections are taken.
 */
export interface History<Q, R> {
  transactions(
    filter: TransactionFilter,
    limit: number,
    after?: TransactionId,
  ): Promise<Page<TransactionRecord<Q, R>, TransactionId>>;
  /** None for an account that does not exist. */
  entries(account: AccountId, limit: number, after?: number): Promise<Page<JournalRow, number> | undefined>;
}

/** Deposits and withdrawals of one account, added up. Amounts in minor units. */
export interface Ledger {
  readonly account: AccountId;
  readonly deposited: bigint;
  readonly depositCount: number;
  readonly withdrawn: bigint;
  readonly withdrawCount: number;
  readonly lastActivityAt: string;
}

/** Wallets: accounts as their owners look at them. Throws as {@link History} does. */
export interface Wallets {
  /** The account that its journal comes to, replayed; what is held too. Empty for an account that does not exist. */
  replay(account: AccountId): Promise<OpenAccount>;
  ledger(account: AccountId): Promise<Ledger | undefined>;
  /** Newest first; only entries that moved money. */
  moneyEntries(account: AccountId, limit: number): Promise<readonly JournalRow[]>;
  /** By what was deposited less what was withdrawn, the largest first. */
  richest(limit: number): Promise<readonly Ledger[]>;
}
