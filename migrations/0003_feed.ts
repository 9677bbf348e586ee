import type { Knex } from 'knex';

/**
 * What changed, for those who follow: one row for each statement that changed something, written by that statement.
 *
 * Positions are the ids of PostgreSQL's own transactions. They are drawn before the commit, so that a reader takes only
 * those below the oldest transaction that is still running: later ones may yet get company in front of them.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table feed (
      position xid8 primary key default pg_current_xact_id(),
      at       timestamptz not null,
      kinds    text[] not null,
      subjects text[] not null
    );

    comment on column feed.kinds is 'of each change: transfer.created, account.opened, …';
    comment on column feed.subjects is 'of each change: the id of the transfer, or of the account';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table feed');
}
