import { type Finding, findingsOf } from './finding';

const { ok, advice } = findingsOf('clock');
/** The service accepts JSON Web Tokens with five seconds of tolerance. */
const AHEAD_MAX_MS = 2_000;

/** PostgreSQL's clock alone decides about money. The clock of this machine decides about tokens and signatures. */
export function aboutClock(
  whose: string,
  { aheadMs, withinMs }: { readonly aheadMs: number; readonly withinMs: number },
): Finding {
  const difference = Math.round(Math.abs(aheadMs));
  const says = `${whose} is ${difference} ms ${aheadMs < 0 ? 'behind' : 'ahead of'} this machine (known to ${Math.ceil(withinMs)} ms)`;
  if (difference <= AHEAD_MAX_MS + withinMs) return ok(says);
  return advice(
    says,
    'Synchronise the clocks of both machines (chrony, ntp). Deadlines hold all the same; tokens and signatures may be refused, and times in logs do not match.',
  );
}
