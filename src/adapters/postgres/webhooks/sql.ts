import type { DeliveryFilter } from '../../../engine/webhooks/webhooks';

/** Creates a webhook with its secret and its position in the feed, unless the limit is reached. */
export const CREATE = `
with made as (
  insert into webhooks (id, url, types, created_by)
  select cast(:id as uuid), :url, cast(:types as text[]), :createdBy
  where (select count(*) from webhooks) < :max
  returning id
),
secret as (
  insert into webhook_secrets (nonce, key_id, webhook_id) select cast(:nonce as bytea), :keyId, id from made
)
insert into webhook_courses (webhook_id, is_replay, position, count, at_ms)
select id, false, cast(:position as xid8), cast(:count as int), cast(:atMs as bigint) from made
returning webhook_id`;

/** `condition` refers to the webhook as `w`. */
export const webhooksSql = (condition: string): string => `
select w.id, w.url, w.types, w.created_at, w.created_by, w.failing_since, w.disabled_at, w.gap_at,
  (select jsonb_agg(jsonb_build_object('made_at', s.made_at, 'ends_at', s.ends_at) order by s.made_at desc)
   from webhook_secrets s
   where s.webhook_id = w.id and (s.ends_at is null or s.ends_at > clock_timestamp())) as secrets,
  pending.count as pending, pending.oldest as oldest_pending,
  cast(r.position as text) as replay_position, r.count as replay_count, r.at_ms as replay_at_ms,
  cast(r.until_position as text) as until_position, r.until_count, r.until_at_ms
from webhooks w
left join webhook_courses r on r.webhook_id = w.id and r.is_replay
cross join lateral (
  select count(*) as count, min(d.at_ms) as oldest from webhook_deliveries d
  where d.webhook_id = w.id and d.next_attempt_at is not null) pending
where ${condition}
order by w.id`;

/**
 * Locks rows in one order: courses, deliveries by cursor, webhooks. The course that follows new events is as old as its
 * webhook, and every statement that begins another course locks it first. So no delivery is written for a webhook that
 * is removed. Past deliveries stay until the usual retention: there may be millions of them.
 */
export const REMOVE = [
  'select from webhook_courses where webhook_id = cast(:id as uuid) and not is_replay for update',
  'delete from webhook_courses where webhook_id = cast(:id as uuid)',
  'delete from webhook_deliveries where webhook_id = cast(:id as uuid) and next_attempt_at is not null',
  'select from webhooks where id = cast(:id as uuid) for update',
  `
with secrets as (delete from webhook_secrets where webhook_id = cast(:id as uuid))
delete from webhooks where id = cast(:id as uuid) returning id`,
];

/**
 * The newest of the other secrets sign for the grace period; secrets that end earlier do not get it again. The lock
 * comes before the secrets are read.
 */
export const ROTATE = [
  'select from webhooks where id = cast(:id as uuid) for no key update',
  `
with owner as (
  select id from webhooks where id = cast(:id as uuid)
),
others as (
  select s.nonce, row_number() over (order by s.made_at desc) as n
  from webhook_secrets s join owner on owner.id = s.webhook_id
  where s.ends_at is null or s.ends_at > clock_timestamp()
),
ended as (
  update webhook_secrets s
  set ends_at = case when o.n <= :others
    then least(s.ends_at, clock_timestamp() + cast(:graceMs as float8) * interval '1 millisecond')
    else clock_timestamp() end
  from others o
  where o.nonce = s.nonce
)
insert into webhook_secrets (nonce, key_id, webhook_id)
select cast(:nonce as bytea), :keyId, id from owner
returning webhook_id`,
];

/** Skips a delivery that another session has locked: that session makes it, writes it again or deletes it. */
export const ENABLE = `
with enabled as (
  update webhooks set disabled_at = null, failing_since = null
  where id = cast(:id as uuid)
  returning id
),
waiting as (
  select d.webhook_id, d.position, d.count, d.at_ms
  from webhook_deliveries d join enabled on enabled.id = d.webhook_id
  where d.next_attempt_at > clock_timestamp() and d.claim is null
  for update of d skip locked
)
update webhook_deliveries d set next_attempt_at = clock_timestamp()
from waiting w
where d.webhook_id = w.webhook_id and d.position = w.position and d.count = w.count and d.at_ms = w.at_ms`;

/** Newest first: reads the table's key from its end. Pending deliveries have their own index, and are few. */
export const deliveriesSql = (status: DeliveryFilter['status']): string => `
select cast(position as text) as position, count, at_ms, type, attempts, attempted_at, next_attempt_at, delivered_at, answer_status,
  answer_ms, error
from webhook_deliveries d
where webhook_id = cast(:id as uuid)
  and (position, count, at_ms) < (cast(:position as xid8), cast(:count as int), cast(:atMs as bigint))
  and ${status ? STATUS[status] : 'true'}
  and exists (select from webhooks w where w.id = d.webhook_id)
order by d.position desc, d.count desc, d.at_ms desc
limit :limit`;

const STATUS = { pending: 'next_attempt_at is not null', delivered: 'delivered_at is not null' } as const;

export const REPLAY = `
with known as (
  select webhook_id as id from webhook_courses where webhook_id = cast(:id as uuid) and not is_replay for key share
),
begun as (
  insert into webhook_courses (webhook_id, is_replay, position, count, at_ms, until_position, until_count,
    until_at_ms)
  select id, true, cast(:position as xid8), cast(:count as int), cast(:atMs as bigint), cast(:untilPosition as xid8),
    cast(:untilCount as int), cast(:untilAtMs as bigint)
  from known
  on conflict (webhook_id, is_replay) do nothing
  returning webhook_id
)
select exists (select from known) as known, exists (select from begun) as begun`;

/** An event waits since it happened, whether or not its delivery is already written. */
export const HEALTH = `
select count(*) filter (where w.disabled_at is null) as enabled, count(*) filter (where w.disabled_at is not null) as disabled,
  coalesce(sum(pending.count) filter (where w.disabled_at is null), 0) as pending,
  greatest(0, extract(epoch from clock_timestamp()) - cast(
    min(least(pending.oldest, unread.at_ms)) filter (where w.disabled_at is null) as numeric) / 1000) as seconds
from webhooks w
cross join lateral (
  select count(*) as count, min(d.at_ms) as oldest from webhook_deliveries d
  where d.webhook_id = w.id and d.next_attempt_at is not null) pending
left join lateral (
  select cast(extract(epoch from f.at) * 1000 as bigint) as at_ms
  from webhook_courses c join feed f on f.position > c.position
  where c.webhook_id = w.id and not c.is_replay
  order by f.position
  limit 1) unread on true`;
