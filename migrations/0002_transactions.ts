import type { Knex } from 'knex';

/**
 * The coordinator side: transactions and the idempotency keys of requests that move money.
 *
 * `transactions_pending` is what the sweep reads; it holds unfinished transactions only, so it stays small however many
 * there have been. What has failed is due at infinity, what is authorized at its expiry.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table transactions (
      id              uuid primary key,
      type            text not null,
      query           jsonb not null,
      branches        text[] not null,
      asked_first     smallint not null,
      metadata        jsonb,
      requested_by    text,
      status          text not null check (status in
                        ('preparing', 'authorized', 'committing', 'committed', 'aborting', 'aborted', 'failed')),
      reason          jsonb,
      errors          jsonb,
      votes           jsonb,
      history         jsonb,
      attempts        integer not null default 0,
      deadline_at     timestamptz not null,
      expires_at      timestamptz,
      next_attempt_at timestamptz not null,
      created_at      timestamptz not null,
      decided_at      timestamptz,
      finished_at     timestamptz
    ) with (fillfactor = 70);

    comment on column transactions.decided_at is 'the commit point: written once, by compare-and-set, never changed';
    comment on column transactions.reason is 'why it was aborted; none on one that is to commit';
    comment on column transactions.expires_at is 'when the authorization ends; only of those that wait for a capture';
    comment on column transactions.history is 'what its times do not tell: when it was authorized, failed, resumed';
    comment on column transactions.next_attempt_at is 'when the sweep may hand this transaction to another driver';

    create index transactions_pending on transactions (next_attempt_at) where finished_at is null;
    create index transactions_failed on transactions (id) where errors is not null;
    create index transactions_metadata on transactions using gin (metadata jsonb_path_ops) where metadata is not null;

    create table refusals (
      account_id     text collate "C" not null,
      transaction_id uuid not null,
      primary key (account_id, transaction_id)
    );

    comment on table refusals is
      'the accounts of a transaction that was refused as it was created: it left nothing in their journals';

    create table idempotency_keys (
      scope          text collate "C" not null,
      key            text collate "C" not null,
      fingerprint    text not null,
      transaction_id uuid,
      answer         jsonb,
      created_at     timestamptz not null,
      primary key (scope, key),
      check ((transaction_id is null) <> (answer is null))
    );

    comment on table idempotency_keys is
      'one row per keyed request: the transaction it started, or the answer of a command to one account';

    create index idempotency_keys_by_age on idempotency_keys using brin (created_at) with (pages_per_range = 16);

    create table sweeps (
      only_row boolean primary key default true check (only_row),
      swept_at timestamptz not null default clock_timestamp()
    );
    insert into sweeps default values;

    comment on table sweeps is 'when pending transactions were last looked for, by any process';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table sweeps; drop table idempotency_keys; drop table refusals; drop table transactions');
}
