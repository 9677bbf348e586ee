import type { Knex } from 'knex';

/** Where the process that leads takes the work of the others. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table leaders (
      queue text primary key,
      host text not null,
      port integer not null check (port between 1 and 65535),
      told_at timestamptz not null default clock_timestamp()
    );

    comment on table leaders is 'where the process that leads takes the work of the others; a hint: whom a process trusts, it knows from PEER_SECRET';
    comment on column leaders.queue is 'processes that share a queue have one leader';
    comment on column leaders.told_at is 'when a process last told another address than the one before';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table leaders');
}
