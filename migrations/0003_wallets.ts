import type { Knex } from 'knex';

/** What wallets are read from: a row of totals for each account, and where the replay of its journal may begin. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table ledgers (
      account_id       text collate "C" primary key,
      deposited        bigint not null,
      deposit_count    bigint not null,
      withdrawn        bigint not null,
      withdraw_count   bigint not null,
      last_activity_at timestamptz not null
    ) with (fillfactor = 70);

    comment on table ledgers is
      'deposits and withdrawals of an account, added up in the statement that journals them; transfers are not in it';

    insert into ledgers
    select account_id,
           coalesce(sum(amount) filter (where kind = 'deposit'), 0), count(*) filter (where kind = 'deposit'),
           coalesce(sum(amount) filter (where kind = 'withdraw'), 0), count(*) filter (where kind = 'withdraw'),
           max(occurred_at)
    from journal
    where kind in ('deposit', 'withdraw')
    group by account_id;

    create index ledgers_by_net on ledgers ((deposited - withdrawn) desc, account_id);

    create table journal_snapshots (
      account_id text collate "C" primary key,
      seq        bigint not null,
      balance    bigint not null,
      held       bigint not null
    );

    comment on table journal_snapshots is
      'what the journal up to seq comes to; may be lost at any time, the journal alone makes it again';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table journal_snapshots; drop table ledgers');
}
