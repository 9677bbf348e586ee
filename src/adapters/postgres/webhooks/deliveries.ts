import type { ChangeType } from '../../../engine/feed/store';
import type { ClaimedDelivery, DeliveryStore, EndedAttempt } from '../../../engine/webhooks/store';
import type { ReadPool } from '../reads/readPool';
import { type CursorColumns, cursorOf } from './rows';

type ClaimedRow = CursorColumns & {
  readonly type: ChangeType;
  readonly body: string;
  readonly attempts: number;
  readonly claim: string;
  readonly url: string;
  /** Nonces in hexadecimal. */
  readonly secrets: readonly { readonly nonce: string; readonly key_id: string }[];
};

/** Pending deliveries. The result of an attempt is written only while the row still names that attempt. */
export class PostgresDeliveries implements DeliveryStore {
  constructor(private readonly pool: ReadPool) {}

  async due(): Promise<readonly string[]> {
    const rows = await this.pool.rows<{ id: string }>(DUE, {});
    return rows.map(({ id }) => id);
  }

  async claim(webhookId: string, limit: number, leaseMs: number): Promise<readonly ClaimedDelivery[]> {
    const rows = await this.pool.rows<ClaimedRow>(CLAIM, { webhookId, limit, leaseMs });
    return rows.map(({ type, body, attempts, claim, url, secrets, ...cursor }) => ({
      webhookId,
      cursor: cursorOf(cursor),
      type,
      body,
      attempts,
      claim,
      url,
      secrets: secrets.map(({ nonce, key_id }) => ({ nonce: Buffer.from(nonce, 'hex'), keyId: key_id })),
    }));
  }

  async end(webhookId: string, ended: readonly EndedAttempt[], disableAfterMs: number): Promise<boolean> {
    const attempts = ended.map(({ delivery: { cursor, claim }, attempted, waitMs }) => ({
      position: String(cursor.position),
      count: cursor.count,
      at_ms: cursor.atMs,
      claim,
      status: attempted.status,
      ms: Math.round(attempted.ms),
      error: attempted.error,
      is_gone: attempted.isGone === true,
      wait_ms: waitMs,
    }));
    const bindings = { webhookId, disableAfterMs, attempts: JSON.stringify(attempts) };
    const rows = await this.pool.rows<{ disabled: boolean }>(END, bindings);
    return rows[0]?.disabled === true;
  }
}

const DUE = `
select w.id from webhooks w
where w.disabled_at is null
  and exists (
    select from webhook_deliveries d where d.webhook_id = w.id and d.next_attempt_at <= clock_timestamp())`;

const CLAIM = `
with due as (
  select d.webhook_id, d.position, d.count, d.at_ms, w.url
  from webhook_deliveries d join webhooks w on w.id = d.webhook_id
  where d.webhook_id = cast(:webhookId as uuid) and w.disabled_at is null and d.next_attempt_at <= clock_timestamp()
  order by d.next_attempt_at, d.position, d.count
  limit :limit
  for update of d skip locked
)
update webhook_deliveries d
set attempts = d.attempts + 1, claim = gen_random_uuid(), attempted_at = clock_timestamp(),
  next_attempt_at = clock_timestamp() + cast(:leaseMs as float8) * interval '1 millisecond'
from due
where d.webhook_id = due.webhook_id and d.position = due.position and d.count = due.count and d.at_ms = due.at_ms
returning cast(d.position as text) as position, d.count, d.at_ms, d.type, d.body, d.attempts, d.claim, due.url,
  (select coalesce(jsonb_agg(jsonb_build_object('nonce', encode(s.nonce, 'hex'), 'key_id', s.key_id)
     order by s.made_at desc), '[]')
   from webhook_secrets s
   where s.webhook_id = d.webhook_id and (s.ends_at is null or s.ends_at > clock_timestamp())) as secrets`;

/**
 * Ends a delivery's attempt, if the row still names that attempt. Does not wait for a locked row: the session that
 * locked it treats the attempt as lost, or deletes the row. Writes the webhook's row only when the webhook begins to
 * fail, stops failing or is disabled, not with each attempt.
 */
const END = `
with under_way as (
  select d.position, d.count, d.at_ms, e.wait_ms, e.status, e.ms, e.error, e.is_gone
  from jsonb_to_recordset(cast(:attempts as jsonb))
    as e(position text, count int, at_ms bigint, claim uuid, status smallint, ms int, error text, is_gone boolean, wait_ms float8)
  join webhook_deliveries d on d.position = cast(e.position as xid8) and d.count = e.count and d.at_ms = e.at_ms
    and d.claim = e.claim
  where d.webhook_id = cast(:webhookId as uuid)
  for update of d skip locked
),
ended as (
  update webhook_deliveries d
  set delivered_at = case when e.wait_ms is null then clock_timestamp() end,
    next_attempt_at = case when e.wait_ms is not null then clock_timestamp() + e.wait_ms * interval '1 millisecond' end,
    body = case when e.wait_ms is not null then d.body end,
    claim = null, answer_status = e.status, answer_ms = e.ms, error = e.error
  from under_way e
  where d.webhook_id = cast(:webhookId as uuid) and d.position = e.position and d.count = e.count and d.at_ms = e.at_ms
  returning e.wait_ms is null as is_delivered, e.is_gone
),
come as (
  select bool_or(is_delivered) as is_delivered, bool_or(is_gone) as is_gone from ended having count(*) > 0
),
found as (
  select w.id, c.is_delivered,
    c.is_gone or (not c.is_delivered
      and w.failing_since <= clock_timestamp() - cast(:disableAfterMs as float8) * interval '1 millisecond') as is_over
  from webhooks w cross join come c
  where w.id = cast(:webhookId as uuid) and w.disabled_at is null
)
update webhooks w
set failing_since = case when not f.is_delivered then coalesce(w.failing_since, clock_timestamp()) end,
  disabled_at = case when f.is_over then clock_timestamp() end
from found f
where w.id = f.id and w.disabled_at is null
  and (f.is_over or f.is_delivered = (w.failing_since is not null))
returning w.disabled_at is not null as disabled`;
