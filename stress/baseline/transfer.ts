import type { Pool, PoolClient, QueryResult } from 'pg';
import { AMOUNT_MAX } from '../../src/domain/money';
import type { AccountTransferRefusal, Posting, TransferQuery } from '../../src/domain/transfer';

export type Transferred =
  | { readonly kind: 'committed'; readonly at: string }
  | { readonly kind: 'refused'; readonly refusal: AccountTransferRefusal };

/** Each connection prepares these statements once, under their names. */
const LOCK = {
  name: 'lock_accounts',
  text: 'select id, balance from accounts where id = any($1) order by id for update',
};
const ADD = { name: 'add_to_balance', text: 'update accounts set balance = balance + $2 where id = $1' };
const RECORD = {
  name: 'record_transfer',
  text: 'insert into transfers (id, origin, destination, amount) values ($1, $2, $3, $4) returning created_at',
};

/**
 * Moves money the way that services commonly do today: one database transaction locks both accounts in id order, so
 * that two transfers never deadlock.
 */
export async function transfer(pool: Pool, id: string, query: TransferQuery): Promise<Transferred> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query('begin');
    const transferred = await transferOn(client, id, query);
    await client.query(transferred.kind === 'committed' ? 'commit' : 'rollback');
    broken = false;
    return transferred;
  } finally {
    // A connection that failed half way ends its open transaction with itself.
    client.release(broken);
  }
}

async function transferOn(client: PoolClient, id: string, { postings }: TransferQuery): Promise<Transferred> {
  const [posting] = postings;
  if (!posting) throw new Error('a transfer has a posting');
  const { origin, destination, amount } = posting;
  const locked: QueryResult<{ id: string; balance: string }> = await client.query({
    ...LOCK,
    values: [[origin, destination]],
  });
  const balances = new Map(locked.rows.map((row) => [row.id, BigInt(row.balance)]));
  const refusal = refusalOf(posting, balances);
  if (refusal) return { kind: 'refused', refusal };
  await client.query({ ...ADD, values: [origin, -amount] });
  await client.query({ ...ADD, values: [destination, amount] });
  const recorded: QueryResult<{ created_at: Date }> = await client.query({
    ...RECORD,
    values: [id, origin, destination, amount],
  });
  const at = recorded.rows[0]?.created_at ?? new Date();
  return { kind: 'committed', at: at.toISOString() };
}

function refusalOf(
  { origin, destination, amount }: Posting,
  balances: ReadonlyMap<string, bigint>,
): AccountTransferRefusal | undefined {
  const from = balances.get(origin);
  const to = balances.get(destination);
  if (from === undefined) return { kind: 'account-not-found', account: origin };
  if (to === undefined) return { kind: 'account-not-found', account: destination };
  if (from < amount) return { kind: 'insufficient-funds', account: origin, missing: amount - from };
  if (to + amount > AMOUNT_MAX) return { kind: 'balance-limit-exceeded', account: destination };
  return undefined;
}
