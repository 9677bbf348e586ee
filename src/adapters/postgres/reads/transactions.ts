import { RECORD } from '../transactions/transactionSql';

/** Sorts after every id: the newest transactions come first. */
export const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** A reader who sees only what `origin` pays must not learn which other accounts take part. */
const FILTERED = `
  and (cast(:status as text) is null or status = :status)
  and (cast(:account as text) is null
       or case when cast(:origin as text) is null or cast(:account as text) = cast(:origin as text)
               then branches @> array[cast(:account as text)]
               else query @> jsonb_build_object('postings', jsonb_build_array(jsonb_build_object(
                      'origin', cast(:origin as text), 'destination', cast(:account as text)))) end)
  and (cast(:origin as text) is null or query @> jsonb_build_object('postings',
         jsonb_build_array(jsonb_build_object('origin', cast(:origin as text)))))
  and (cast(:from as timestamptz) is null or created_at >= cast(:from as timestamptz))
  and (cast(:to as timestamptz) is null or created_at < cast(:to as timestamptz))
  and (cast(:metadata as jsonb) is null or t.metadata @> cast(:metadata as jsonb) or t.metadata @> cast(:typed as jsonb))`;

export const ALL = `
select ${RECORD} from transactions t
where t.id < cast(:after as uuid) ${FILTERED}
order by t.id desc
limit :limit`;

/**
 * The journal of an account finds its transactions in order; the refusals find those that left nothing in the journal.
 * An unfinished transaction may not have its branches yet; an index of only unfinished ones finds it.
 */
export const OF_ACCOUNT = `
with own as (
  (select distinct transaction_id as id
   from journal b join transactions t on t.id = b.transaction_id
   where b.account_id = :party and b.ended_at_once is null and b.transaction_id < cast(:after as uuid) ${FILTERED}
   order by transaction_id desc
   limit :limit)
  union
  (select r.transaction_id as id
   from refusals r join transactions t on t.id = r.transaction_id
   where r.account_id = :party and r.transaction_id < cast(:after as uuid) ${FILTERED}
   order by r.transaction_id desc
   limit :limit)
  union
  (select id from transactions t
   where finished_at is null and branches @> array[cast(:party as text)]
     and id < cast(:after as uuid) ${FILTERED})
)
select ${RECORD} from transactions t where t.id in (select id from own)
order by t.id desc
limit :limit`;

/** Converts values that read as a number, true, false or null: the caller may have meant those types. */
export function typed(metadata: Readonly<Record<string, string>>): object {
  return Object.fromEntries(
    Object.entries(metadata).map(([key, value]) => [key, LITERAL.test(value) ? JSON.parse(value) : value]),
  );
}

const LITERAL = /^(-?(0|[1-9]\d{0,14})(\.\d{1,6})?|true|false|null)$/;
