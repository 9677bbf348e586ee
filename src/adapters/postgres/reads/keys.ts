import type { FoundKey } from '../../../engine/reads';

export interface KeyRow {
  readonly scope: string;
  readonly transaction_id: string | null;
  readonly created_at: Date;
}

/**
 * A key in every scope that has it. The table's index is by scope and key; an index by key alone would add a write to
 * every request with a key. So each step looks up the next existing scope, then the key in it. The time grows with the
 * number of callers, not of keys. The scope without a name has the keys that the service creates itself.
 */
export const KEYS = `
with recursive scopes as (
  (select scope from idempotency_keys where scope > '' order by scope limit 1)
  union all
  select (select k.scope from idempotency_keys k where k.scope > scopes.scope order by k.scope limit 1)
  from scopes where scopes.scope is not null
)
select k.scope, k.transaction_id, k.created_at
from scopes join idempotency_keys k on k.scope = scopes.scope and k.key = :key
order by k.created_at desc, k.scope
limit :limit`;

export function keyOf({ scope, transaction_id, created_at }: KeyRow): FoundKey {
  return {
    scope,
    createdAt: created_at.toISOString(),
    ...(transaction_id !== null && { transactionId: transaction_id }),
  };
}
