import type { AccountId, TransactionId } from '../../../domain/ids';
import type {
  AccountRecord,
  EntryFilter,
  FoundKey,
  History,
  JournalRow,
  OpenHold,
  Page,
  TransactionFilter,
} from '../../../engine/reads';
import type { TransactionRecord } from '../../../engine/transactions/record';
import { type TransactionCodec, type TransactionRow, TransactionRows } from '../transactions/transactionRows';
import { ACCOUNT, ACCOUNTS, type AccountDetailsRow, AT_SEQ, accountOf } from './accounts';
import { ENTRIES, type EntryRow, journalRowOf, SEQ_BEFORE } from './entries';
import { HOLDS, type HoldRow, holdOf, OPEN_SINCE } from './holds';
import { KEYS, type KeyRow, keyOf } from './keys';
import type { ReadPool } from './readPool';
import { ALL, LAST_ID, OF_ACCOUNT, typed } from './transactions';

/** Reads past transactions and journals. Ids are UUIDs of version 7, so their order is the order of creation. */
export class PostgresHistory<Q, R> implements History<Q, R> {
  private readonly rows: TransactionRows<Q, R>;

  constructor(
    private readonly pool: ReadPool,
    codec: TransactionCodec<Q, R>,
  ) {
    this.rows = new TransactionRows(codec);
  }

  async transactions(
    filter: TransactionFilter,
    limit: number,
    after?: TransactionId,
  ): Promise<Page<TransactionRecord<Q, R>, TransactionId>> {
    const { status = null, account = null, origin = null, from = null, to = null, metadata } = filter;
    const party = origin ?? account;
    const rows = await this.pool.rows<TransactionRow>(party === null ? ALL : OF_ACCOUNT, {
      ...(party !== null && { party }),
      status,
      account,
      origin,
      from,
      to,
      metadata: metadata ? JSON.stringify(metadata) : null,
      typed: metadata ? JSON.stringify(typed(metadata)) : null,
      after: after ?? LAST_ID,
      limit: limit + 1,
    });
    const items = rows.slice(0, limit).map((row) => this.rows.recordOf(row));
    const last = items.at(-1);
    return { items, ...(rows.length > limit && last && { next: last.state.id }) };
  }

  async entries(
    account: AccountId,
    { kind, from, to, afterSeq = 0, beforeSeq = Number.MAX_SAFE_INTEGER }: EntryFilter,
    limit: number,
    after?: number,
  ): Promise<Page<JournalRow, number> | undefined> {
    const last = to === undefined ? Number.MAX_SAFE_INTEGER : await this.seqBefore(account, to);
    const first = from === undefined ? 0 : await this.seqBefore(account, from);
    const rows = await this.pool.rows<EntryRow>(ENTRIES, {
      account,
      kind: kind ?? null,
      first: Math.max(first, afterSeq),
      before: Math.min(after ?? Number.MAX_SAFE_INTEGER, beforeSeq, last + 1),
      limit: limit + 1,
    });
    if (rows.length === 0 && !(await this.account(account))) return undefined;
    const items = rows.slice(0, limit).map(journalRowOf);
    const end = items.at(-1);
    return { items, ...(rows.length > limit && end && { next: end.seq }) };
  }

  async holds(account: AccountId, limit: number, after?: number): Promise<Page<OpenHold, number> | undefined> {
    const [last] = await this.pool.rows<{ open_since: bigint | null }>(OPEN_SINCE, { account });
    if (!last) return undefined;
    if (last.open_since === null) return { items: [] };
    const before = after ?? Number.MAX_SAFE_INTEGER;
    const rows = await this.pool.rows<HoldRow>(HOLDS, { account, before, limit: limit + 1 });
    const items = rows.slice(0, limit).map(holdOf);
    const end = items.at(-1);
    return { items, ...(rows.length > limit && end && { next: end.seq }) };
  }

  async keys(key: string, limit: number): Promise<readonly FoundKey[]> {
    const rows = await this.pool.rows<KeyRow>(KEYS, { key, limit });
    return rows.map(keyOf);
  }

  async accounts(limit: number, after?: AccountId): Promise<Page<AccountRecord, AccountId>> {
    const rows = await this.pool.rows<AccountDetailsRow>(ACCOUNTS, { after: after ?? '', limit: limit + 1 });
    const items = rows.slice(0, limit).map(accountOf);
    const last = items.at(-1);
    return { items, ...(rows.length > limit && last && { next: last.id }) };
  }

  async account(id: AccountId): Promise<AccountRecord | undefined> {
    const [row] = await this.pool.rows<AccountDetailsRow>(ACCOUNT, { id });
    return row && accountOf(row);
  }

  async accountAt(
    id: AccountId,
    at: string,
  ): Promise<Pick<AccountRecord, 'balance' | 'held' | 'incoming'> | undefined> {
    const seq = await this.seqBefore(id, at, true);
    const [row] = await this.pool.rows<AccountDetailsRow>(AT_SEQ, { id, seq });
    return row && { balance: row.balance_after, held: row.held_after, incoming: row.incoming_after };
  }

  /**
   * The last entry of an account before an instant, or at it if `including`; 0 if there is none. Entries have no index
   * by time, but their times grow with their numbers, so a binary search finds the place.
   */
  private async seqBefore(account: AccountId, instant: string, including = false): Promise<number> {
    const [row] = await this.pool.rows<{ seq: bigint }>(SEQ_BEFORE, { account, instant, including });
    return Number(row?.seq ?? 0n);
  }
}
