import { type EventRow, eventOf } from '../../src/adapters/postgres/journal/load';
import { type Replayed, replay } from '../../src/domain/account/evolve';
import { type AccountState, EMPTY } from '../../src/domain/account/state';
import type { TestDatabase } from './testDatabase';

interface Row extends EventRow {
  readonly seq: bigint;
  readonly balance_after: bigint;
  readonly held_after: bigint;
  readonly incoming_after: bigint;
}

/** Replays an account and its branches from its whole journal. Fails if the journal has a gap or contradicts itself. */
export async function replayed(
  database: TestDatabase,
  account: string,
): Promise<{ state: AccountState; branches: Replayed['branches'] }> {
  const rows = await database.query<Row>('select * from journal where account_id = $1 order by seq', [account]);
  const { account: state, branches } = replay(rows.map(eventOf));
  const last = rows.at(-1);
  const { balance, held, incoming } = state.status === 'open' ? state : EMPTY;
  expect({ seq: rows.map(({ seq }) => seq), balance, held, incoming }).toEqual({
    seq: rows.map((_, index) => BigInt(index + 1)),
    balance: last?.balance_after ?? 0n,
    held: last?.held_after ?? 0n,
    incoming: last?.incoming_after ?? 0n,
  });
  return { state, branches };
}
