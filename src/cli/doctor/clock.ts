import { type Finding, findingsOf } from './finding';

const { ok, advice } = findingsOf('clock');
/** JSON Web Tokens are given five seconds of grace. */
const AHEAD_MAX_MS = 2_000;

/** Money is decided by PostgreSQL's clock alone; tokens and signatures are judged by this machine's. */
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
