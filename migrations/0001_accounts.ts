import type { Knex } from 'knex';

/**
 * The participant side: accounts, their branches and their journal.
 *
 * Text keys use the C collation so that the order in which PostgreSQL sorts account ids is the order in which the
 * service sorts them: row locks are taken in that order.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table accounts (
      id          text collate "C" primary key,
      balance     bigint not null default 0,
      held        bigint not null default 0,
      incoming    bigint not null default 0,
      journal_seq bigint not null default 0,
      version     bigint not null default 0,
      created_at  timestamptz not null default clock_timestamp(),
      constraint accounts_hold_is_covered  check (held >= 0 and balance >= held),
      constraint accounts_balance_is_exact check (incoming >= 0 and balance + incoming <= 9007199254740991)
    ) with (fillfactor = 60);

    comment on column accounts.held is 'promised to prepared outgoing branches; balance - held is available';
    comment on column accounts.incoming is 'promised by prepared incoming branches; reserves room below the balance limit';
    comment on column accounts.journal_seq is 'seq of the last journal row of this account';
    comment on column accounts.version is 'counts the writes to this row; an actor compares it to know which state is newer';

    create table account_branches (
      account_id     text collate "C" not null,
      transaction_id uuid not null,
      state          text not null check (state in ('prepared', 'committed', 'aborted')),
      direction      text check (direction in ('debit', 'credit')),
      amount         bigint check (amount > 0),
      prepared_at    timestamptz,
      finished_at    timestamptz,
      primary key (account_id, transaction_id)
    ) with (fillfactor = 65);

    comment on table account_branches is
      'one row per participation; a row aborted without a direction is a tombstone: the abort came before any prepare';

    create table journal (
      account_id     text collate "C" not null,
      seq            bigint not null,
      kind           text not null check (kind in
                       ('deposit', 'withdraw', 'hold', 'release', 'transfer-out', 'transfer-in')),
      amount         bigint not null check (amount > 0),
      balance_after  bigint not null,
      held_after     bigint not null,
      transaction_id uuid,
      description    text,
      occurred_at    timestamptz not null default clock_timestamp(),
      primary key (account_id, seq)
    );

    comment on table journal is 'append-only; replaying the rows of an account in seq order gives its balance and hold';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table journal; drop table account_branches; drop table accounts');
}
