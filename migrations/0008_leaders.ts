import type { Knex } from 'knex';

/** The process that leads, and where it takes the work of the others. */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table leaders (
      queue text primary key,
      id uuid not null,
      host text not null,
      port integer not null check (port between 1 and 65535),
      instance text not null,
      published_at timestamptz not null default clock_timestamp()
    );

    comment on table leaders is 'the process that leads, and where it takes the work of the others. A hint. PEER_SECRET authenticates the process';
    comment on column leaders.queue is 'processes that share a queue have one leader';
    comment on column leaders.id is 'of the process, another one after each start';
    comment on column leaders.instance is 'the running database; a copy of the database has another one';
    comment on column leaders.published_at is 'when a process last wrote something different';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table leaders');
}
