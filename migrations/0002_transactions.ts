import type { Knex } from 'knex';

/**
 * The coordinator side: transactions and the idempotency keys of requests that move money.
 *
 * `transactions_pending` is what the sweep reads; it holds unfinished transactions only, so it stays small however many
 * transactions there have been. No predicate names the status: a decision changes no indexed column, so that it is a
 * heap-only update. What has failed is due at infinity.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table transactions (
      id              uuid primary key,
      type            text not null,
      query           jsonb not null,
      branches        text[] not null,
      metadata        jsonb,
      status          text not null check (status in
                        ('preparing', 'committing', 'committed', 'aborting', 'aborted', 'failed')),
      decision        text check (decision in ('commit', 'abort')),
      reason          jsonb,
      errors          jsonb,
      attempts        integer not null default 0,
      history         jsonb not null default '[]',
      deadline_at     timestamptz not null,
      next_attempt_at timestamptz not null,
      created_at      timestamptz not null default clock_timestamp(),
      updated_at      timestamptz not null default clock_timestamp(),
      finished_at     timestamptz
    ) with (fillfactor = 60);

    comment on column transactions.decision is 'the commit point: written once, by compare-and-set, never changed';
    comment on column transactions.next_attempt_at is 'when the sweep may hand this transaction to another driver';

    create index transactions_pending on transactions (next_attempt_at) where finished_at is null;
    create index transactions_failed on transactions (id) where errors is not null;

    create table idempotency_keys (
      scope          text collate "C" not null,
      key            text collate "C" not null,
      fingerprint    text not null,
      transaction_id uuid,
      answer         jsonb,
      created_at     timestamptz not null default clock_timestamp(),
      primary key (scope, key),
      check ((transaction_id is null) <> (answer is null))
    );

    create table sweeps (
      only_row boolean primary key default true check (only_row),
      swept_at timestamptz not null default clock_timestamp()
    );
    insert into sweeps default values;

    comment on table sweeps is 'when pending transactions were last looked for, by any process';

    comment on table idempotency_keys is
      'one row per keyed request: the transaction it started, or the answer of a deposit or withdrawal';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table sweeps; drop table idempotency_keys; drop table transactions');
}
