import type { Knex } from 'knex';

/** Finds old idempotency keys without an index entry for each: rows lie on disk in the order of their time. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(
    'create index idempotency_keys_by_age on idempotency_keys using brin (created_at) with (pages_per_range = 16)',
  );
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop index idempotency_keys_by_age');
}
