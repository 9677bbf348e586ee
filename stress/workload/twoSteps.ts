import type { Random } from '../base/random';
import type { Ending, Posting, Transfer } from './operation';

/** Long enough for every fault to be over. */
const LONG_MS = 120_000;
/** The shortest time that the service accepts. */
const SHORT_MS = 1000;

/** Chooses how a client ends what it authorizes. */
export function drawSteps(random: Random, postings: readonly Posting[]): NonNullable<Transfer['twoSteps']> {
  const how = random.next();
  if (how < 0.12) return { expiresInMs: short(random), ending: { kind: 'expire', late: random.chance(0.5) } };
  const ending = drawEnding(random, how, postings);
  const atExpiry = ending.kind === 'capture' && random.chance(0.08);
  return atExpiry ? { expiresInMs: short(random), ending: { ...ending, atExpiry } } : { expiresInMs: LONG_MS, ending };
}

function drawEnding(random: Random, how: number, postings: readonly Posting[]): Ending {
  if (how < 0.27) return { kind: 'void' };
  if (how < 0.4) return { kind: 'race', amounts: part(random, postings) };
  return how < 0.7 ? { kind: 'capture' } : { kind: 'capture', amounts: part(random, postings) };
}

/** Less than everything, and more than nothing if the amount allows it. */
function part(random: Random, postings: readonly Posting[]): number[] {
  const amounts = postings.map(({ amount }) => random.int(0, amount));
  return amounts.some((amount) => amount > 0) ? amounts : [1, ...amounts.slice(1)];
}

function short(random: Random): number {
  return random.int(SHORT_MS, 1.5 * SHORT_MS);
}
