import type { Bench } from '../bench';
import type { LoadGenerator } from '../load/load';
import { median } from '../load/percentile';
import { progress } from '../progress';
import { type Round, type RoundLoad, runRound } from '../round';
import type { System } from '../systems';

export interface Variant {
  readonly title: string;
  readonly system: System;
  readonly load: (round: number, seconds: number) => RoundLoad;
  /** What runs beside each round of the variant. */
  readonly beside?: () => Promise<Beside>;
}

export interface Beside {
  stop(): Promise<void>;
}

export interface Compared {
  readonly title: string;
  readonly rate: number;
  /** The median, over the rounds, of the rate divided by the first variant's rate in the same round. */
  readonly ratio: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMs: number;
  readonly walKiB: number;
}

/** Runs the variants in turns, round by round, and compares each with the first one. */
export async function compare(
  bench: Bench,
  variants: readonly Variant[],
  generator: LoadGenerator = bench.generator,
): Promise<Compared[]> {
  const { rounds, seconds, warmupSeconds } = bench.options;
  for (const { system, load } of variants) await runRound(generator, system, load(0, Math.max(1, warmupSeconds)));
  const measured = new Map<Variant, Round[]>(variants.map((variant) => [variant, []]));
  for (let round = 1; round <= rounds; round += 1) {
    for (const variant of variants) {
      const beside = await variant.beside?.();
      const result = await runRound(generator, variant.system, variant.load(round, seconds));
      await beside?.stop();
      progress(`round ${round}/${rounds} ${variant.title}: ${result.rate.toFixed(0)}/s`);
      measured.get(variant)?.push(result);
    }
  }
  const [first = []] = [...measured.values()];
  return [...measured].map(([{ title }, results]) => ({
    title,
    rate: median(results.map(({ rate }) => rate)),
    ratio: median(results.map(({ rate }, index) => rate / (first[index]?.rate ?? Number.NaN))),
    p50Ms: median(results.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(results.map(({ p99Ms }) => p99Ms)),
    cpuMs: median(results.map(({ used }) => used.nodeMs + used.postgresMs + used.redisMs)),
    walKiB: median(results.map(({ used }) => used.walBytes / 1024)),
  }));
}

export const COMPARED_HEAD = ['', 'transfers/s', 'against the first', 'p99 ms', 'CPU ms a transfer'];

export function comparedRow({ title, rate, ratio, p99Ms, cpuMs }: Compared): string[] {
  return [title, rate.toFixed(0), ratio.toFixed(2), p99Ms.toFixed(0), cpuMs.toFixed(2)];
}
