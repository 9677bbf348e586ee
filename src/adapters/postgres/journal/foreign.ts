import type { Pool } from 'pg';
import type { TransactionId } from '../../../domain/ids';
import type { ForeignBranch, ForeignRequest } from '../../../engine/journal/entries';
import { runAlone } from '../pool';

interface ForeignRow {
  readonly ord: number;
  readonly id: string;
  readonly caller: string;
  readonly transaction: string;
  readonly branch: string;
  readonly account_id: string | null;
  readonly direction: ForeignRequest['direction'] | null;
  readonly amount: bigint | null;
  readonly currency: string | null;
}

const READ_FOREIGN = {
  name: 'read_foreign',
  text: `
select ord::int as ord, id, caller, transaction, branch, account_id, direction, amount, currency
from unnest($1::uuid[]) with ordinality as wanted(wanted_id, ord)
join foreign_branches on id = wanted_id`,
};

export async function readForeign(
  pool: Pool,
  ids: readonly TransactionId[],
): Promise<readonly (ForeignBranch | undefined)[]> {
  const branches: (ForeignBranch | undefined)[] = ids.map(() => undefined);
  for (const row of await runAlone<ForeignRow>(pool, READ_FOREIGN, [ids])) branches[row.ord - 1] = branchOf(row);
  return branches;
}

function branchOf({ id, caller, transaction, branch, ...row }: ForeignRow): ForeignBranch {
  const { account_id: account, direction, amount, currency } = row;
  const name = { id, caller, transaction, branch };
  if (account === null || direction === null || amount === null) return name;
  return { ...name, asked: { account, direction, amount, ...(currency !== null && { currency }) } };
}
