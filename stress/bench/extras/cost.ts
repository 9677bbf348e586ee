import { table } from '../../report/table';
import type { Bench } from '../bench';
import { type LoadName, SYSTEM_TITLES, type SystemName } from '../cells';
import { type Round, runRound } from '../round';
import { countStatements, statementsOf, writesOf } from '../statements';

/**
 * What one transfer costs the machine: CPU, write-ahead log, statements and rows. Measured separately, because counting
 * also costs time.
 */
export async function measureCost(bench: Bench): Promise<string> {
  const rows: string[][] = [];
  for (const load of bench.options.loads) {
    for (const system of bench.options.systems) rows.push(await costOf(bench, system, load));
  }
  const head = [
    'load',
    'system',
    'CPU ms: node',
    'PostgreSQL',
    'Redis',
    'WAL KiB',
    'statements',
    'rows written',
    'of them',
  ];
  return `### Cost of one transfer\n\n${table(head, rows)}`;
}

async function costOf(bench: Bench, name: SystemName, load: LoadName): Promise<string[]> {
  const { database } = bench;
  const system = await bench.startSystem(name);
  const before = new Map((await writesOf(database, system.databaseName)).map((writes) => [writes.table, writes]));
  await countStatements(database, true);
  const warmUp = await runRound(bench.generator, system, bench.load(load, 0, bench.options.warmupSeconds));
  const round = await runRound(bench.generator, system, bench.load(load, 1));
  // Sessions report their counters when they end.
  await system.stopProcesses();
  const committed = warmUp.committed + round.committed;
  const statements = await statementsOf(database, system.databaseName);
  const writes = (await writesOf(database, system.databaseName))
    .map(({ table: name, inserted, updated, deleted }) => {
      const then = before.get(name);
      const rows = inserted + updated + deleted - (then ? then.inserted + then.updated + then.deleted : 0);
      return { name: name.replace('public.', ''), each: rows / committed };
    })
    .filter(({ each }) => each >= 0.005);
  await countStatements(database, false);
  await system.drop();
  return [
    load,
    SYSTEM_TITLES[name],
    ...usedBy(round),
    (statements.reduce((total, { calls }) => total + calls, 0) / committed).toFixed(2),
    writes.reduce((total, { each }) => total + each, 0).toFixed(2),
    writes.map(({ name, each }) => `${name} ${each.toFixed(2)}`).join(', '),
  ];
}

function usedBy({ used }: Round): string[] {
  return [used.nodeMs, used.postgresMs, used.redisMs]
    .map((ms) => ms.toFixed(2))
    .concat((used.walBytes / 1024).toFixed(1));
}
