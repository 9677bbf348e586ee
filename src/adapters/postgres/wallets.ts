import { type JournalEntry, replay } from '../../domain/account/journal';
import { EMPTY, type OpenAccount } from '../../domain/account/state';
import type { AccountId } from '../../domain/ids';
import type { JournalRow, Ledger, Wallets } from '../../engine/reads';
import { type EntryRow, journalRowOf } from './history';
import type { ReadPool } from './readPool';

/** A replay longer than this leaves a snapshot, so that the next one need not go as far back. */
export const SNAPSHOT_EVERY = 1000;
/** Rows of a journal in memory at once. */
const CHUNK = 10_000;

interface SnapshotRow {
  readonly seq: bigint;
  readonly balance: bigint;
  readonly held: bigint;
}

interface LedgerRow {
  readonly account_id: string;
  /** A numeric: the driver leaves it as text. */
  readonly deposited: string;
  readonly deposit_count: bigint;
  readonly withdrawn: string;
  readonly withdraw_count: bigint;
  readonly last_activity_at: Date;
}

export class PostgresWallets implements Wallets {
  constructor(private readonly pool: ReadPool) {}

  /** Entries of one account become visible in the order of their seq, because its row lock orders their commits. */
  async replay(account: AccountId): Promise<OpenAccount> {
    const [snapshot] = await this.pool.rows<SnapshotRow>(SNAPSHOT, { account });
    const startSeq = snapshot?.seq ?? 0n;
    let state: OpenAccount = snapshot ? { ...EMPTY, balance: snapshot.balance, held: snapshot.held } : EMPTY;
    let seq = startSeq;
    for (;;) {
      const entries = await this.pool.rows<JournalEntry & { seq: bigint }>(ENTRIES_AFTER, {
        account,
        seq: String(seq),
        limit: CHUNK,
      });
      state = replay(entries, state);
      seq = entries.at(-1)?.seq ?? seq;
      if (entries.length < CHUNK) break;
    }
    if (seq - startSeq >= BigInt(SNAPSHOT_EVERY)) await this.remember(account, seq, state);
    return state;
  }

  async ledger(account: AccountId): Promise<Ledger | undefined> {
    const [row] = await this.pool.rows<LedgerRow>('select * from ledgers where account_id = :account', { account });
    return row && ledgerOf(row);
  }

  async moneyEntries(account: AccountId, limit: number): Promise<readonly JournalRow[]> {
    return (await this.pool.rows<EntryRow>(MONEY_ENTRIES, { account, limit })).map(journalRowOf);
  }

  async richest(limit: number): Promise<readonly Ledger[]> {
    return (await this.pool.rows<LedgerRow>(RICHEST, { limit })).map(ledgerOf);
  }

  /** Replays the accounts whose journals have grown the most since their snapshots. Resolves to how many. */
  async snapshotLagging(limit: number): Promise<number> {
    const lagging = await this.pool.rows<{ id: string }>(LAGGING, { every: SNAPSHOT_EVERY, limit });
    for (const { id } of lagging) await this.replay(id);
    return lagging.length;
  }

  private async remember(account: AccountId, seq: bigint, { balance, held }: OpenAccount): Promise<void> {
    await this.pool.rows(REMEMBER, { account, seq: String(seq), balance: String(balance), held: String(held) });
  }
}

const SNAPSHOT = 'select seq, balance, held from journal_snapshots where account_id = :account';

const ENTRIES_AFTER = `
select seq, kind, amount from journal
where account_id = :account and seq > cast(:seq as bigint)
order by seq
limit :limit`;

/** Two readers may remember at once; the later position stays. */
const REMEMBER = `
insert into journal_snapshots as s (account_id, seq, balance, held)
values (:account, cast(:seq as bigint), cast(:balance as bigint), cast(:held as bigint))
on conflict (account_id) do update
set seq = excluded.seq, balance = excluded.balance, held = excluded.held
where s.seq < excluded.seq`;

const LAGGING = `
select a.id from accounts a left join journal_snapshots s on s.account_id = a.id
where a.journal_seq - coalesce(s.seq, 0) >= :every
order by a.journal_seq - coalesce(s.seq, 0) desc
limit :limit`;

const MONEY_ENTRIES = `
select seq, kind, amount, balance_after, transaction_id, description, occurred_at from journal
where account_id = :account and kind not in ('hold', 'release')
order by seq desc
limit :limit`;

const RICHEST = `
select * from ledgers
order by deposited - withdrawn desc, account_id
limit :limit`;

function ledgerOf(row: LedgerRow): Ledger {
  return {
    account: row.account_id,
    deposited: BigInt(row.deposited),
    depositCount: Number(row.deposit_count),
    withdrawn: BigInt(row.withdrawn),
    withdrawCount: Number(row.withdraw_count),
    lastActivityAt: row.last_activity_at.toISOString(),
  };
}
