import { setTimeout as sleep } from 'node:timers/promises';

export { sleep };

/** Repeats a question until it has an answer. Throws when there is none within `deadlineMs`. A thrown error counts as "not yet". */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  { deadlineMs, everyMs = 25 }: { deadlineMs: number; everyMs?: number },
): Promise<T> {
  const until = performance.now() + deadlineMs;
  let last: unknown;
  while (performance.now() < until) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      last = error;
    }
    await sleep(everyMs);
  }
  throw new Error(`${what}: not within ${deadlineMs} ms`, { cause: last });
}
