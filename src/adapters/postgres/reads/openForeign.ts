import type { ForeignRequest } from '../../../engine/journal/entries';
import type { OpenForeignBranch, Page } from '../../../engine/reads';
import type { ReadPool } from './readPool';

/** Branches that one page examines, including ended ones: this bounds the work of a page. */
const LOOKED_MAX = 5_000;

/** Sorts before every position. */
const BEGINNING = '0001-01-01T00:00:00.000000Z 00000000-0000-0000-0000-000000000000';

/** A position in the list: an instant and an id. */
export const FOREIGN_POSITION = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z [0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

interface OpenRow {
  readonly looked: bigint;
  readonly end_position: string | null;
  readonly position: string | null;
  readonly caller: string;
  readonly transaction: string;
  readonly branch: string;
  readonly account_id: string;
  readonly direction: ForeignRequest['direction'];
  readonly amount: bigint;
  readonly currency: string | null;
  readonly begun_at: Date;
  readonly seconds: string;
}

/**
 * The branches of other coordinators that are prepared and not decided, the oldest first. A page may hold fewer than
 * `limit` and still have a next page.
 */
export async function openForeign(
  pool: ReadPool,
  limit: number,
  after = BEGINNING,
): Promise<Page<OpenForeignBranch, string>> {
  const [since = '', id = ''] = after.split(' ');
  const found = await pool.rows<OpenRow>(OPEN, { since, id, looked: LOOKED_MAX, limit: limit + 1 });
  const rows = found.filter(({ position }) => position !== null);
  const items = rows.slice(0, limit).map(branchOf);
  const [first] = found;
  const isCut = rows.length > limit;
  const next = isCut ? rows[limit - 1]?.position : Number(first?.looked) === LOOKED_MAX ? first?.end_position : null;
  return { items, ...(typeof next === 'string' && { next }) };
}

function branchOf({ account_id: account, begun_at, seconds, currency, ...row }: OpenRow): OpenForeignBranch {
  const { caller, transaction, branch, direction, amount } = row;
  return {
    caller,
    transaction,
    branch,
    account,
    direction,
    amount,
    ...(currency !== null && { currency }),
    since: begun_at.toISOString(),
    ageSeconds: Math.floor(Number(seconds)),
  };
}

const POSITION = `to_char(begun_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') || ' ' || id`;

/**
 * The account's last entry of a branch tells its state. The sum keeps a plan made without statistics from reading the
 * history of the account in the order of the primary key.
 */
const OPEN = `
with looked as materialized (
  select id, caller, transaction, branch, account_id, direction, amount, currency, begun_at, ${POSITION} as position
  from foreign_branches
  where account_id is not null and (begun_at, id) > (cast(:since as timestamptz), cast(:id as uuid))
  order by begun_at, id
  limit :looked
), open as (
  select l.* from looked l
  cross join lateral (
    select kind from journal j
    where j.account_id = l.account_id and j.transaction_id = l.id and j.ended_at_once is null
    order by seq + 0 desc limit 1
  ) last
  where last.kind in ('hold', 'expect', 'carry')
  order by l.begun_at, l.id
  limit :limit
)
select seen.looked, seen.end_position, o.position, o.caller, o.transaction, o.branch, o.account_id, o.direction, o.amount, o.currency,
  o.begun_at, extract(epoch from clock_timestamp() - o.begun_at) as seconds
from (select count(*) as looked, (select position from looked order by begun_at desc, id desc limit 1) as end_position from looked) seen
left join open o on true
order by o.begun_at, o.id`;
