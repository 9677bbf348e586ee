import type { Knex } from 'knex';

/**
 * What drivers left of the branches that may be away for long: services elsewhere that take part in transactions. A branch has a row
 * from the first call of its that a driver gave up; most never have one.
 */
export async function up(knex: Knex): Promise<void> {
  await knex.raw(`
    create table branch_calls (
      transaction_id  uuid not null,
      branch          text collate "C" not null,
      confirmed       text check (confirmed in ('committed', 'aborted')),
      call            text check (call in ('prepare', 'commit', 'abort')),
      attempts        integer not null default 0,
      error           text,
      since           timestamptz not null,
      next_attempt_at timestamptz,
      primary key (transaction_id, branch)
    );

    comment on table branch_calls is
      'calls to branches elsewhere that were not answered, and branches that confirmed while others did not answer';
    comment on column branch_calls.confirmed is
      'the branch has heard the decision, or an operator has settled what it did; never changed again';
    comment on column branch_calls.next_attempt_at is 'when the call is made again; none once the branch has confirmed';
  `);
}

export async function down(knex: Knex): Promise<void> {
  await knex.raw('drop table branch_calls');
}
