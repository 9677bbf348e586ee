import { table } from '../../report/table';
import type { Bench } from '../bench';
import { ownGenerator } from '../load/own';
import { median } from '../load/percentile';
import { type Round, runRound } from '../round';
import type { System } from '../systems';
import { serviceOf } from './serviceOf';

const DEPOSITORS = 16;

interface Deposited {
  readonly rate: number;
  readonly p99Ms: number;
}

/** The variants. `through` lists the processes that take deposits beside the transfers. */
const VARIANTS: readonly { readonly title: string; readonly through: readonly number[] }[] = [
  { title: 'no deposits', through: [] },
  { title: 'deposits through the leader', through: [0] },
  { title: 'deposits through two api processes', through: [1, 2] },
  { title: 'deposits through two processes that copy bytes to the leader', through: [3, 4] },
];

/**
 * One process takes and drives transfers, all of them with the hot account. Deposits to the same account come through
 * the same process, or through two other processes with ROLE=api, which hand them over to the first one. Two processes
 * that only copy bytes to the first one show what any two processes would cost on the same cores.
 */
export async function measureForeignDeposits(bench: Bench): Promise<string> {
  const name = serviceOf(bench);
  const envOf = (index: number): Record<string, string> => ({ ROLE: index === 0 ? 'all' : 'api' });
  const system = await bench.startSystem(name, { processes: 3, pipes: 2, envOf });
  const leader = system.alone(0);
  const { rounds, warmupSeconds, seconds } = bench.options;
  const measured = VARIANTS.map((variant) => ({ ...variant, results: [] as { round: Round; deposited: Deposited }[] }));
  for (let round = 0; round <= rounds; round += 1) {
    for (const { through, results } of measured) {
      const length = round === 0 ? Math.max(1, warmupSeconds) : seconds;
      const [result, deposited] = await Promise.all([
        runRound(bench.generator, leader, bench.load('hot-64', round, length)),
        deposit(bench, system, through, round, length),
      ]);
      if (round > 0) results.push({ round: result, deposited });
    }
  }
  await system.stop();
  const first = measured[0]?.results ?? [];
  const rows = measured.map(({ title, results }) => [
    title,
    median(results.map(({ round }) => round.rate)).toFixed(0),
    median(results.map(({ round }, n) => round.rate / (first[n]?.round.rate ?? Number.NaN))).toFixed(2),
    median(results.map(({ round }) => round.p99Ms)).toFixed(1),
    median(results.map(({ deposited }) => deposited.rate)).toFixed(0),
    median(results.map(({ deposited }) => deposited.p99Ms)).toFixed(1),
  ]);
  const head = ['', 'transfers/s', 'ratio', 'p99 ms', 'deposits/s', 'p99 ms'];
  return `### Deposits to the account that the leader drives (${name}, hot, 64 connections and ${DEPOSITORS} of deposits)\n\n${table(head, rows)}`;
}

async function deposit(
  bench: Bench,
  system: System,
  through: readonly number[],
  round: number,
  seconds: number,
): Promise<Deposited> {
  const before = await system.deposited();
  const results = await Promise.all(
    through.map((index) =>
      ownGenerator().run({
        ...bench.load('hot-64', round, seconds),
        what: 'deposits',
        connections: DEPOSITORS / through.length,
        port: system.processes[index]?.port ?? 0,
      }),
    ),
  );
  const accepted = results.reduce((sum, result) => sum + result.accepted, 0);
  const journalled = (await system.deposited()) - before;
  const wrong = results.find(({ other, socketErrors, unavailable }) => other + socketErrors + unavailable > 0);
  if (wrong) throw new Error(`a deposit was answered otherwise: ${JSON.stringify(wrong)}`);
  if (journalled !== accepted) throw new Error(`${accepted} deposits were answered, the journal has ${journalled}`);
  return {
    rate: results.reduce((sum, { inTime }) => sum + inTime, 0) / seconds,
    p99Ms: Math.max(0, ...results.map(({ p99Ms }) => p99Ms)),
  };
}
