import type { Knex } from 'knex';

/**
 * Branches of transactions that other services coordinate. The row is written with what the branch holds, in one statement, or as a
 * tombstone without an account, when the abort comes before the prepare. It never changes: what became of the branch stands in the
 * journal of its account.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table foreign_branches (
      id          uuid primary key,
      caller      text collate "C" not null,
      transaction uuid not null,
      branch      text collate "C" not null,
      account_id  text collate "C",
      direction   text check (direction in ('debit', 'credit')),
      amount      bigint check (amount > 0),
      currency    text,
      begun_at    timestamptz not null,
      check (num_nulls(account_id, direction, amount) in (0, 3))
    );

    comment on table foreign_branches is
      'what other coordinators asked of accounts here; decisions carry no payload and find their account by it';
    comment on column foreign_branches.id is
      'made from caller, transaction and branch; the transaction_id of its entries in the journal';
    comment on column foreign_branches.account_id is 'none: aborted before any prepare, which is refused for ever';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table foreign_branches');
}
