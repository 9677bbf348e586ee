import type { Knex } from 'knex';

/**
 * Totals have no bound, unlike balances: 1,025 deposits of the largest amount, each withdrawn again, do not fit a bigint,
 * and from then on no deposit could be written.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw('alter table ledgers alter column deposited type numeric, alter column withdrawn type numeric');
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table ledgers alter column deposited type bigint, alter column withdrawn type bigint');
}
