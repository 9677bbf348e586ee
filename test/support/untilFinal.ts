import { eventually } from '../kit/wait';
import type { TestDatabase } from './testDatabase';

interface Countable {
  query: TestDatabase['query'];
}

/** Waits until every transaction of the database is final, without driving any. */
export function untilAllFinal(database: Countable, deadlineMs = 60_000): Promise<true> {
  return eventually(
    'every transaction is final',
    async () => {
      const pending = await database.query(
        `select id from transactions where status not in ('committed', 'aborted', 'failed')`,
      );
      return pending.length === 0 ? true : undefined;
    },
    { deadlineMs, everyMs: 100 },
  );
}
