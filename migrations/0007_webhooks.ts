import type { Knex } from 'knex';

/**
 * Addresses that are told of events, and what each is still to be told. A course is a place in the feed from which deliveries are made:
 * it moves in the statement that writes them down, so that no event is left out, whatever process dies in between.
 *
 * Undelivered rows are few, however many were delivered: a course stands still while its webhook has enough of them.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table webhooks (
      id            uuid primary key,
      url           text not null,
      types         text[] not null,
      created_at    timestamptz not null default clock_timestamp(),
      created_by    text,
      failing_since timestamptz,
      disabled_at   timestamptz,
      gap_at        timestamptz
    ) with (fillfactor = 70);

    comment on column webhooks.failing_since is 'the first attempt that failed since one succeeded';
    comment on column webhooks.gap_at is 'when the feed was found to have lost events that this webhook was to be told of';

    create table webhook_secrets (
      nonce      bytea primary key,
      key_id     text not null,
      webhook_id uuid not null,
      made_at    timestamptz not null default clock_timestamp(),
      ends_at    timestamptz
    );

    create index webhook_secrets_of on webhook_secrets (webhook_id);

    comment on table webhook_secrets is
      'what secrets are made of, together with a key that only the processes of the service know; no secret is stored';
    comment on column webhook_secrets.key_id is 'which key; empty where the service had none';
    comment on column webhook_secrets.ends_at is 'when it stops to sign beside the one that took its place';

    create table webhook_courses (
      webhook_id     uuid not null,
      is_replay      boolean not null,
      position       xid8 not null,
      count          integer not null,
      at_ms          bigint not null,
      until_position xid8,
      until_count    integer,
      until_at_ms    bigint,
      primary key (webhook_id, is_replay),
      check (num_nulls(until_position, until_count, until_at_ms) = case when is_replay then 0 else 3 end)
    ) with (fillfactor = 50);

    comment on table webhook_courses is
      'how far the feed was looked through for a webhook, as a cursor of the feed; a replay ends, and has a row until then';

    create table webhook_deliveries (
      webhook_id      uuid not null,
      position        xid8 not null,
      count           integer not null,
      at_ms           bigint not null,
      type            text not null,
      body            text,
      attempts        integer not null default 0,
      claim           uuid,
      attempted_at    timestamptz,
      next_attempt_at timestamptz,
      delivered_at    timestamptz,
      answer_status   smallint,
      answer_ms       integer,
      error           text,
      primary key (webhook_id, position, count, at_ms),
      check ((delivered_at is null) = (next_attempt_at is not null)),
      check (delivered_at is not null or body is not null)
    ) with (fillfactor = 70);

    comment on table webhook_deliveries is 'one event for one webhook: what was tried, and what is still to be done';
    comment on column webhook_deliveries.claim is 'the attempt that is under way; only it may write what it came to';
    comment on column webhook_deliveries.next_attempt_at is
      'when it is tried next; during an attempt, when that counts as lost; none once it is delivered';

    create index webhook_deliveries_due on webhook_deliveries (webhook_id, next_attempt_at)
      where next_attempt_at is not null;
    create index webhook_deliveries_by_age on webhook_deliveries using brin (at_ms) with (pages_per_range = 16);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(
    'drop table webhook_deliveries; drop table webhook_courses; drop table webhook_secrets; drop table webhooks',
  );
}
