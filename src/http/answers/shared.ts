/**
 * Makes one answer for several callers. A caller accepts the last answer if `make` was called less than `maxAgeMs` ago.
 * A caller that passes 0 always gets a new answer. A failure reaches the callers that wait for it, and is not kept.
 */
export function shared<Answer>(make: () => Promise<Answer>, now: () => number): (maxAgeMs: number) => Promise<Answer> {
  let last: { readonly answer: Promise<Answer>; readonly begunAt: number } | undefined;
  return (maxAgeMs) => {
    const nowMs = now();
    if (last && nowMs - last.begunAt < maxAgeMs) return last.answer;
    const mine = { answer: make(), begunAt: nowMs };
    last = mine;
    mine.answer.catch(() => {
      if (last === mine) last = undefined;
    });
    return mine.answer;
  };
}
