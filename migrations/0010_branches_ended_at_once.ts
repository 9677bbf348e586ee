import type { Knex } from 'knex';

/**
 * Most transfers begin and end in one statement. Their promises need no place in the index of branches, because their
 * ends are in it. This halves what a transfer adds to the index.
 *
 * A journal that has rows keeps its index, which has all of them. To build it again would take long, and processes of
 * the version before could not use it. docs/operations.md says how an operator exchanges it.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    alter table journal add column ended_at_once boolean;

    comment on column journal.ended_at_once is
      'true on a hold or expectation if its statement also created and committed the transaction; journal_branches may leave it out';
  `);
  const { rows } = await knex.raw<{ rows: { isUsed: boolean }[] }>('select exists (select from journal) as "isUsed"');
  if (rows[0]?.isUsed === true) return;
  await knex.raw(`
    drop index journal_branches;
    create index journal_branches on journal (account_id, transaction_id)
      where transaction_id is not null and ended_at_once is null;
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw(`
    drop index journal_branches;
    create index journal_branches on journal (account_id, transaction_id) where transaction_id is not null;
    alter table journal drop column ended_at_once;
  `);
}
