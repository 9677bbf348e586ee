import type { AccountEvent } from '../../../domain/account/events';
import { replay } from '../../../domain/account/evolve';
import { EMPTY, type OpenAccount } from '../../../domain/account/state';
import type { AccountId } from '../../../domain/ids';
import type { JournalRow, Ledger, RankedWallet, Wallets } from '../../../engine/reads';
import { type EventRow, eventOf } from '../journal/load';
import { ENTRY, ENTRY_JOINS, type EntryRow, journalRowOf } from './entries';
import type { ReadPool } from './readPool';

/**
 * How many entries a replay shows. It begins with the account as of the row before them: every journal row is a
 * snapshot.
 */
export const REPLAYED = 1_000;

interface LedgerRow {
  readonly account_id: string;
  /** A numeric, which pg returns as text. */
  readonly deposited: string;
  readonly deposit_count: bigint;
  readonly withdrawn: string;
  readonly withdraw_count: bigint;
  readonly last_activity_at: Date | null;
}

export class PostgresWallets implements Wallets {
  constructor(private readonly pool: ReadPool) {}

  async replay(account: AccountId): Promise<OpenAccount> {
    const rows = await this.pool.rows<EventRow & AfterRow>(LAST_ENTRIES, { account, limit: REPLAYED + 1 });
    const [first, ...rest] = rows.toReversed();
    if (!first) return EMPTY;
    // The account's first entry has no row before it.
    const events = rows.length > REPLAYED ? rest : [first, ...rest];
    const from: OpenAccount =
      rows.length > REPLAYED
        ? { ...EMPTY, balance: first.balance_after, held: first.held_after, incoming: first.incoming_after }
        : EMPTY;
    const { account: replayed } = replay(
      events.map(eventOf).filter((event: AccountEvent) => event.kind !== 'opened'),
      from,
    );
    return replayed.status === 'open' ? replayed : EMPTY;
  }

  async ledger(account: AccountId): Promise<Ledger | undefined> {
    const [row] = await this.pool.rows<LedgerRow>('select * from ledgers where account_id = :account', { account });
    return row && ledgerOf(row);
  }

  async moneyEntries(account: AccountId, limit: number): Promise<readonly JournalRow[]> {
    return (await this.pool.rows<EntryRow>(MONEY_ENTRIES, { account, limit })).map(journalRowOf);
  }

  async richest(limit: number): Promise<readonly RankedWallet[]> {
    const rows = await this.pool.rows<LedgerRow & { balance_after: bigint }>(RICHEST, { limit });
    return rows.map((row) => ({ ...ledgerOf(row), balance: row.balance_after }));
  }
}

interface AfterRow {
  readonly balance_after: bigint;
  readonly held_after: bigint;
  readonly incoming_after: bigint;
}

const LAST_ENTRIES = `
select kind, amount, promised, posting, transaction_id, balance_after, held_after, incoming_after from journal
where account_id = :account
order by seq desc
limit :limit`;

const MONEY_ENTRIES = `
select ${ENTRY} from journal j ${ENTRY_JOINS}
where j.account_id = :account and kind in ('deposit', 'withdraw', 'spend', 'receive')
order by seq desc
limit :limit`;

/**
 * Examines no more accounts without deposits and withdrawals than can be shown. Ids with a slash are the service's own.
 */
const RICHEST = `
select r.*, l.balance_after
from (
  (select account_id, deposited, deposit_count, withdrawn, withdraw_count, last_activity_at from ledgers
   where account_id !~ '/'
   order by deposited - withdrawn desc, account_id limit :limit)
  union all
  (select id, 0, 0, 0, 0, null from accounts a
   where id !~ '/' and not exists (select from ledgers k where k.account_id = a.id)
   order by id limit :limit)
) r
join lateral (
  select balance_after from journal j where j.account_id = r.account_id order by seq desc limit 1
) l on true
order by r.deposited - r.withdrawn desc, r.account_id
limit :limit`;

function ledgerOf(row: LedgerRow) {
  return {
    account: row.account_id,
    deposited: BigInt(row.deposited),
    depositCount: Number(row.deposit_count),
    withdrawn: BigInt(row.withdrawn),
    withdrawCount: Number(row.withdraw_count),
    lastActivityAt: row.last_activity_at?.toISOString() ?? null,
  };
}
