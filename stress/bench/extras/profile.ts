import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { table } from '../../report/table';
import type { Bench } from '../bench';
import { type LoadName, SYSTEM_TITLES, type SystemName } from '../cells';
import { runRound } from '../round';
import { countStatements, statementsOf } from '../statements';
import { summarize } from './cpuProfile';
import { WaitSampler } from './waits';

const TOP = 30;

/** Where the time goes: node's functions and PostgreSQL's statements under each chosen load. */
export async function measureProfile(bench: Bench): Promise<string> {
  const sections: string[] = [];
  for (const system of bench.options.systems) {
    for (const load of bench.options.loads) sections.push(await profileOf(bench, system, load));
  }
  return sections.join('\n\n');
}

async function profileOf(bench: Bench, name: SystemName, load: LoadName): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'tandem-bench-profile-'));
  try {
    const nodeArgs = ['--cpu-prof', '--cpu-prof-interval=500', `--cpu-prof-dir=${directory}`];
    const system = await bench.startSystem(name, { nodeArgs });
    await runRound(bench.generator, system, bench.load(load, 0, bench.options.warmupSeconds));
    await countStatements(bench.database, true);
    const fromMs = system.processes[0]?.ageMs ?? 0;
    const waits = await WaitSampler.start(bench.database, system.databaseName);
    const looking = waits.look();
    const { rate, used, committed } = await runRound(bench.generator, system, bench.load(load, 1));
    waits.stop();
    await looking;
    const statements = await statementsOf(bench.database, system.databaseName);
    await countStatements(bench.database, false);
    await system.stop();
    const [file = 'no profile'] = readdirSync(directory);
    const { busyMs, functions, places } = summarize(
      join(directory, file),
      fromMs,
      fromMs + bench.options.seconds * 1000,
    );
    return [
      `### Where the time goes: ${SYSTEM_TITLES[name]}, ${load}`,
      `${rate.toFixed(0)} transfers/s while profiled; CPU ms a transfer: node ${used.nodeMs.toFixed(2)}, PostgreSQL ${used.postgresMs.toFixed(2)}, Redis ${used.redisMs.toFixed(2)}. Node was busy for ${busyMs.toFixed(0)} ms of ${bench.options.seconds * 1000}.`,
      table(
        ['node, self time by place', '%'],
        places.slice(0, TOP).map(({ where, share }) => [where, percent(share)]),
      ),
      table(
        ['node, self time by function', '%'],
        functions.slice(0, TOP).map(({ where, share }) => [where, percent(share)]),
      ),
      table(
        ['statement', 'calls', 'ms/call', 'rows/call', 'ms/transfer'],
        statements
          .slice(0, 15)
          .map(({ query, calls, totalMs, rows }) => [
            `\`${query.slice(0, 90).replaceAll('|', ' ')}\``,
            calls,
            (totalMs / calls).toFixed(3),
            (rows / calls).toFixed(1),
            (totalMs / committed).toFixed(3),
          ]),
      ),
      table(
        ['sessions of PostgreSQL', 'on average'],
        waits.averages().map(([wait, sessions]) => [wait, sessions.toFixed(2)]),
      ),
    ].join('\n\n');
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function percent(share: number): string {
  return (share * 100).toFixed(1);
}
