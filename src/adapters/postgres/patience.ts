import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../engine/log';
import { sqlState } from './errors';

const PAUSE_MS = 500;

/** SQLSTATEs with which a server rejects a connection that it would accept a moment later. */
const TURNED_AWAY: ReadonlyMap<string, string> = new Map([
  ['53300', 'PostgreSQL has no free connection; waiting for one'],
  ['57P03', 'PostgreSQL is starting, recovering or stopping; waiting for it'],
]);

/** Runs `work` of a start, and retries it while PostgreSQL turns connections away. `work` may be repeated. */
export async function patiently<T>(log: Log, work: () => Promise<T>): Promise<T> {
  let told: string | undefined;
  for (;;) {
    try {
      const result = await work();
      if (told !== undefined) log.info({}, 'PostgreSQL takes connections again');
      return result;
    } catch (error) {
      const why = whyTurnedAway(error);
      if (why === undefined) throw error;
      if (why !== told) log.warn({}, why);
      told = why;
      await sleep(PAUSE_MS);
    }
  }
}

function whyTurnedAway(error: unknown): string | undefined {
  const why = TURNED_AWAY.get(sqlState(error) ?? '');
  return why ?? (error instanceof Error && error.cause !== undefined ? whyTurnedAway(error.cause) : undefined);
}
