import type { PostgresServer } from '../../test/kit/postgres';

/** A deferred trigger runs when its transaction commits, after the transaction took its place in the feed. */
const LATE_COMMITS = `
  create function commit_late() returns trigger language plpgsql as $$
  begin
    if random() < 0.1 then perform pg_sleep(0.03); end if;
    return null;
  end $$;
  create constraint trigger commit_late after insert on feed
    deferrable initially deferred for each row execute function commit_late()`;

/** From now on one of ten transactions takes 30 ms to commit, so that others that began later commit first. */
export async function commitLate(postgres: PostgresServer, database: string): Promise<void> {
  await postgres.query(database, LATE_COMMITS);
}
