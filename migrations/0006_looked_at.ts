import type { Knex } from 'knex';

/** The schedule of sweeps may be lost with the queue while a process still looks for pending transactions by itself. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table sweeps add column looked_at timestamptz not null default clock_timestamp();

    comment on table sweeps is 'when pending transactions were looked for';
    comment on column sweeps.swept_at is 'the last time that the schedule had it done, by any process';
    comment on column sweeps.looked_at is 'the last time at all, with or without the queue';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('alter table sweeps drop column looked_at');
}
