import { table } from '../../report/table';
import type { Bench } from '../bench';
import { SYSTEM_TITLES, type SystemName } from '../cells';
import { runRound } from '../round';

const CONNECTIONS = 32;

/** Reads balances over 32 separate connections while transfers run as fast as they can. Also measures each of the two alone. */
export async function measureReads(bench: Bench): Promise<string> {
  const rows: string[][] = [];
  for (const name of bench.options.systems) rows.push(await readsOf(bench, name));
  const head = [
    'system',
    'balances/s alone',
    'p99 ms',
    'transfers/s alone',
    'balances/s beside transfers',
    'p99 ms',
    'transfers/s then',
  ];
  return `### Reads while transfers run\n\n${table(head, rows)}`;
}

async function readsOf(bench: Bench, name: SystemName): Promise<string[]> {
  const { generator, options } = bench;
  const system = await bench.startSystem(name);
  const port = system.processes[0]?.port ?? 0;
  const transfers = (round: number) => runRound(generator, system, bench.load('uniform-64', round));
  const balances = async () => {
    const load = { ...bench.load('uniform-64', 9), connections: CONNECTIONS, port, what: 'balances' } as const;
    const result = await generator.run(load);
    if (result.other > 0) throw new Error(`a balance was not answered: ${result.firstOther}`);
    return [(result.inTime / options.seconds).toFixed(0), result.p99Ms.toFixed(1)];
  };
  await runRound(generator, system, bench.load('uniform-64', 0, options.warmupSeconds));
  const readsAlone = await balances();
  const transfersAlone = await transfers(1);
  const [readsBeside, transfersBeside] = await Promise.all([balances(), transfers(2)]);
  await system.stop();
  return [
    SYSTEM_TITLES[name],
    ...readsAlone,
    transfersAlone.rate.toFixed(0),
    ...readsBeside,
    transfersBeside.rate.toFixed(0),
  ];
}
