import { type Used, usedEach } from './cost';
import type { Load, LoadGenerator, LoadResult } from './load/load';
import type { System } from './systems';

export interface Round {
  /** Committed transfers each second. */
  readonly rate: number;
  /** Every committed transfer. The journal confirms the count. */
  readonly committed: number;
  readonly p50Ms: number;
  /** With several processes: the worst of them. */
  readonly p99Ms: number;
  readonly results: readonly LoadResult[];
  /** Used by one transfer. */
  readonly used: Used;
}

/** A load of transfers, unless `what` says otherwise. */
export type RoundLoad = Omit<Load, 'port' | 'what'> & Partial<Pick<Load, 'what'>>;

/** Answers that a round may have beside `committed`. Only an overload expects a 503. */
export interface Expected {
  readonly unavailable?: boolean;
}

/** Runs one load on one system and divides its connections among the system's processes. The result counts only if the journal agrees. */
export async function runRound(
  generator: LoadGenerator,
  system: System,
  load: RoundLoad,
  expected: Expected = {},
): Promise<Round> {
  const before = await system.journalled();
  const usedBefore = await system.used();
  const share = system.processes.length;
  const results = await Promise.all(
    system.processes.map(({ port }, index) =>
      generator.run({
        what: 'transfers',
        ...load,
        port,
        connections: Math.max(1, Math.round(load.connections / share)),
        seed: load.seed + index,
        ...(load.perSecond !== undefined && { perSecond: load.perSecond / share }),
      }),
    ),
  );
  const usedAfter = await system.used();
  const journalled = (await system.journalled()) - before;
  for (const result of results) expectOnly(result, expected, system);
  const committed = sum(results, 'accepted');
  const { what, size = 1 } = load;
  // The journal counts payments: one for each posting.
  const paid = committed * (what === 'postings' ? size : 1);
  const unanswered = (sum(results, 'sent') - sum(results, 'answered')) * size;
  if (journalled < paid || journalled > paid + unanswered) {
    throw new Error(
      `${system.databaseName}: ${committed} transfers were answered as committed, ${unanswered} not answered, ` +
        `but the journal has ${journalled} payments`,
    );
  }
  return {
    rate: sum(results, 'inTime') / load.seconds,
    committed,
    p50Ms: Math.max(...results.map(({ p50Ms }) => p50Ms)),
    p99Ms: Math.max(...results.map(({ p99Ms }) => p99Ms)),
    results,
    used: usedEach(usedBefore, usedAfter, committed),
  };
}

function expectOnly(result: LoadResult, { unavailable }: Expected, { databaseName }: System): void {
  if (result.other > 0 || result.socketErrors > 0 || (result.unavailable > 0 && !unavailable)) {
    throw new Error(`${databaseName}: answers that should not have come: ${JSON.stringify(result)}`);
  }
}

function sum(results: readonly LoadResult[], key: 'sent' | 'answered' | 'accepted' | 'inTime'): number {
  return results.reduce((total, result) => total + result[key], 0);
}
