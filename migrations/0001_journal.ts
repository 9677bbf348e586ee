import type { Knex } from 'knex';

/**
 * Accounts and their journal, which is the truth: the last row of an account is its state, and nobody changes a row.
 *
 * Text keys use the C collation so that the order in which PostgreSQL sorts account ids is the order in which the service
 * sorts them: rows are inserted in that order, so that two processes which insert the same keys never wait for each other
 * in a circle.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table accounts (
      id              text collate "C" primary key,
      currency        text,
      overdraft_limit bigint not null check (overdraft_limit >= 0),
      frozen          text check (frozen in ('debits', 'all')),
      opened_at       timestamptz not null,
      closed_at       timestamptz
    );

    comment on table accounts is 'what seldom changes of an account; written with the entry of the journal that says so';

    create table journal (
      account_id     text collate "C" not null,
      seq            bigint not null check (seq > 0),
      kind           text not null check (kind in ('opened', 'deposit', 'withdraw', 'hold', 'expect', 'spend', 'receive',
                       'release', 'cancel', 'tombstone', 'carry', 'terms', 'closed')),
      amount         bigint not null check (amount >= 0),
      promised       bigint check (promised >= 0),
      posting        smallint,
      balance_after  bigint not null,
      held_after     bigint not null check (held_after >= 0),
      incoming_after bigint not null check (incoming_after >= 0),
      open_since     bigint,
      transaction_id uuid,
      description    text,
      metadata       jsonb,
      requested_by   text,
      occurred_at    timestamptz not null,
      primary key (account_id, seq)
    );

    comment on table journal is
      'append-only: every event of an account one row; its key is the fence between processes that write one account';
    comment on column journal.promised is
      'what a spend or receive takes from the hold or expectation of its branch, where that is not its amount';
    comment on column journal.posting is 'which posting of its transaction, where that is not the first';
    comment on column journal.open_since is 'seq at which the oldest branch began that is open after this row';

    create index journal_branches on journal (account_id, transaction_id) where transaction_id is not null;

    create table ledgers (
      account_id       text collate "C" primary key,
      deposited        numeric not null,
      deposit_count    bigint not null,
      withdrawn        numeric not null,
      withdraw_count   bigint not null,
      last_activity_at timestamptz not null
    ) with (fillfactor = 70);

    comment on table ledgers is
      'deposits and withdrawals of an account, added up in the statement that journals them; transfers are not in it';

    create index ledgers_by_net on ledgers ((deposited - withdrawn) desc, account_id);
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table ledgers; drop table journal; drop table accounts');
}
