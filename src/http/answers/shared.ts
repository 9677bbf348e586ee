/**
 * Makes one answer for several callers. Each says how old an answer may be, in ms since it was begun: a caller that says
 * 0 always has one made. A failure is told to those who waited for it, and not kept.
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
