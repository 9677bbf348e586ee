import type { ChangeType } from '../../../engine/feed/store';
import type { Attempted, ClaimedDelivery, DeliveryStore } from '../../../engine/webhooks/store';
import type { ReadPool } from '../reads/readPool';
import { type CursorColumns, columnsOf, cursorOf } from './rows';

type ClaimedRow = CursorColumns & {
  readonly type: ChangeType;
  readonly body: string;
  readonly attempts: number;
  readonly claim: string;
  readonly url: string;
  /** The nonces in hexadecimal. */
  readonly secrets: readonly { readonly nonce: string; readonly key_id: string }[];
};

/** Deliveries that are to be made. What an attempt came to is written only while it is the one that the row names. */
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

  async delivered(delivery: ClaimedDelivery, attempted: Attempted): Promise<void> {
    await this.pool.rows(DELIVERED, { ...attemptBindings(delivery, attempted) });
  }

  async failed(
    delivery: ClaimedDelivery,
    attempted: Attempted,
    waitMs: number,
    disableAfterMs: number,
  ): Promise<boolean> {
    const { error = '', isGone = false } = attempted;
    const bindings = { ...attemptBindings(delivery, attempted), error, isGone, waitMs, disableAfterMs };
    const rows = await this.pool.rows<{ disabled: boolean }>(FAILED, bindings);
    return rows[0]?.disabled === true;
  }
}

function attemptBindings({ webhookId, cursor, claim }: ClaimedDelivery, { status, ms }: Attempted) {
  return { webhookId, ...columnsOf(cursor), claim, status: status ?? null, ms: Math.round(ms) };
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

/** The delivery, while this attempt is the one that is under way. */
const ATTEMPT = `
d.webhook_id = cast(:webhookId as uuid) and d.position = cast(:position as xid8) and d.count = :count and d.at_ms = :atMs
and d.claim = cast(:claim as uuid)`;

const DELIVERED = `
with done as (
  update webhook_deliveries d
  set delivered_at = clock_timestamp(), next_attempt_at = null, claim = null, body = null,
    answer_status = :status, answer_ms = :ms, error = null
  where ${ATTEMPT}
  returning d.webhook_id
)
update webhooks w set failing_since = null from done where w.id = done.webhook_id and w.failing_since is not null`;

/** The row of the webhook is written when it begins to fail and when it is disabled, not with each failure. */
const FAILED = `
with done as (
  update webhook_deliveries d
  set next_attempt_at = clock_timestamp() + cast(:waitMs as float8) * interval '1 millisecond', claim = null,
    answer_status = :status, answer_ms = :ms, error = :error
  where ${ATTEMPT}
  returning d.webhook_id
)
update webhooks w
set failing_since = coalesce(w.failing_since, clock_timestamp()),
  disabled_at = case when :isGone or w.failing_since <= clock_timestamp() - cast(:disableAfterMs as float8) * interval '1 millisecond'
    then clock_timestamp() end
from done
where w.id = done.webhook_id and w.disabled_at is null
  and (w.failing_since is null or :isGone
       or w.failing_since <= clock_timestamp() - cast(:disableAfterMs as float8) * interval '1 millisecond')
returning w.disabled_at is not null as disabled`;
