import type { Knex } from 'knex';

/**
 * Most transfers begin and end in one statement. Their promises need no place in the index of branches, because their
 * ends are in it. This halves what a transfer adds to the index.
 *
 * Rows of earlier versions do not say it, and stay in the index. A process of an earlier version does not use this
 * index: where it looks up a branch, it reads the whole history of the account.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table journal add column ended_at_once boolean;

    comment on column journal.ended_at_once is
      'true on a hold or expectation whose branch was committed in the same statement; journal_branches leaves it out';

    create index journal_branches_new on journal (account_id, transaction_id)
      where transaction_id is not null and ended_at_once is null;
    drop index journal_branches;
    alter index journal_branches_new rename to journal_branches;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index journal_branches;
    create index journal_branches on journal (account_id, transaction_id) where transaction_id is not null;
    alter table journal drop column ended_at_once;
  `);
}
