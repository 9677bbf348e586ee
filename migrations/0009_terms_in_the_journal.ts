import type { Knex } from 'knex';

/**
 * The terms of an account after each row of its journal, so that its last row alone is its state. Loading an account then reads one
 * row, not two that lie apart.
 *
 * Rows without an overdraft limit say nothing of the terms: those that earlier versions write, and those of accounts that are not
 * open. For them `accounts` counts, as before.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table journal
      add column currency_after text,
      add column overdraft_limit_after bigint,
      add column frozen_after text;

    comment on column journal.overdraft_limit_after is
      'this, currency_after and frozen_after are the terms after this row; when this is null, the row of accounts has them';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table journal
      drop column currency_after,
      drop column overdraft_limit_after,
      drop column frozen_after;
  `);
}
