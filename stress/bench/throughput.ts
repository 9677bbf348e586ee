import type { Bench } from './bench';
import type { LoadName, SystemName } from './cells';
import type { Used } from './cost';
import { median } from './load/percentile';
import { progress } from './progress';
import { type Round, runRound } from './round';
import type { System } from './systems';

export interface Cell {
  readonly system: SystemName;
  readonly load: LoadName;
  readonly rounds: readonly Round[];
}

export interface CellSummary {
  readonly system: SystemName;
  readonly load: LoadName;
  /** Medians of the rounds. */
  readonly rate: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The median of the ratios of each round to the baseline's adjacent round. */
  readonly ratio: number | undefined;
  readonly rates: readonly number[];
  /** Used by one transfer; medians. */
  readonly used: Used;
}

/**
 * Measures every system under every load, round by round. In each round, the systems take turns under one load before
 * the next load begins. So other work of the machine affects all systems alike.
 */
export async function measureThroughput(bench: Bench): Promise<CellSummary[]> {
  const { systems: names, loads, rounds } = bench.options;
  const systems: System[] = [];
  for (const name of names) systems.push(await bench.startSystem(name));
  const cells: Cell[] = loads.flatMap((load) => names.map((system) => ({ system, load, rounds: [] })));
  for (const system of systems) for (const load of loads) await warmUp(bench, system, load);
  for (let round = 1; round <= rounds; round += 1) {
    for (const load of loads) {
      for (const system of rotated(systems, round)) {
        const measured = await runRound(bench.generator, system, bench.load(load, round));
        progress(
          `round ${round}/${rounds} ${load} ${system.name}: ${measured.rate.toFixed(0)}/s, p50 ${measured.p50Ms.toFixed(1)} ms`,
        );
        const at = cells.findIndex((cell) => cell.system === system.name && cell.load === load);
        const cell = cells[at];
        if (cell) cells[at] = { ...cell, rounds: [...cell.rounds, measured] };
      }
    }
  }
  for (const system of systems) await system.stop();
  return cells.map((cell) => summaryOf(cell, cells));
}

async function warmUp(bench: Bench, system: System, load: LoadName): Promise<void> {
  const seconds = bench.options.warmupSeconds;
  if (seconds > 0) await runRound(bench.generator, system, bench.load(load, 0, seconds));
}

/** Rotates the order, so that no system is always first or always follows the same other system. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

function summaryOf({ system, load, rounds }: Cell, cells: readonly Cell[]): CellSummary {
  const baseline = cells.find((cell) => cell.system === 'baseline' && cell.load === load)?.rounds;
  const ratios = rounds.flatMap(({ rate }, index) => {
    const against = baseline?.[index]?.rate;
    return against === undefined ? [] : [rate / against];
  });
  return {
    system,
    load,
    rate: median(rounds.map(({ rate }) => rate)),
    p50Ms: median(rounds.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(rounds.map(({ p99Ms }) => p99Ms)),
    ratio: ratios.length > 0 ? median(ratios) : undefined,
    rates: rounds.map(({ rate }) => rate),
    used: {
      nodeMs: median(rounds.map(({ used }) => used.nodeMs)),
      postgresMs: median(rounds.map(({ used }) => used.postgresMs)),
      redisMs: median(rounds.map(({ used }) => used.redisMs)),
      walBytes: median(rounds.map(({ used }) => used.walBytes)),
    },
  };
}
