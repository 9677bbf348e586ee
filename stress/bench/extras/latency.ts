import { table } from '../../report/table';
import type { Bench } from '../bench';
import { SYSTEM_TITLES, type SystemName } from '../cells';
import { type Round, runRound } from '../round';

/** One transfer at a time, this many each second. Each finds the service idle. */
const IDLE_PER_SECOND = 20;

/** How long one transfer takes: on an idle service, at half of the maximum rate, and at the maximum rate. */
export async function measureLatency(bench: Bench): Promise<string> {
  const rows: string[][] = [];
  for (const name of bench.options.systems) rows.push(...(await latenciesOf(bench, name)));
  return `### Latency of one transfer\n\n${table(['system', 'load', 'transfers/s', 'p50 ms', 'p99 ms'], rows)}`;
}

async function latenciesOf(bench: Bench, name: SystemName): Promise<string[][]> {
  const system = await bench.startSystem(name);
  const load = bench.load('uniform-64', 1);
  await runRound(bench.generator, system, bench.load('uniform-64', 0, bench.options.warmupSeconds));
  const most = await runRound(bench.generator, system, load);
  const half = await runRound(bench.generator, system, { ...load, perSecond: most.rate / 2 });
  const idle = await runRound(bench.generator, system, { ...load, connections: 1, perSecond: IDLE_PER_SECOND });
  await system.stop();
  const row = (title: string, { rate, p50Ms, p99Ms }: Round): string[] => [
    SYSTEM_TITLES[name],
    title,
    rate.toFixed(0),
    p50Ms.toFixed(1),
    p99Ms.toFixed(1),
  ];
  return [row('one at a time, idle', idle), row('half of the most', half), row('64 connections, the most', most)];
}
