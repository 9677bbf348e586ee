import { parseArgs } from 'node:util';
import { RedisServer } from '../test/kit/redis';
import { type MarketResult, runMarket } from './elsewhere/runMarket';
import { type CellResult, nameOfCell } from './matrix/cell';
import { runMatrix } from './matrix/runMatrix';
import { expectBugsFit } from './planted/patch';
import { type PlantedResult, searchBug } from './planted/search';
import { liveLine, untilInterrupted } from './progress';
import { keep, machine, publish } from './report/publish';
import type { SuiteResult } from './report/suiteResult';
import type { RunResult } from './scenario/result';
import { runScenario } from './scenario/runScenario';
import { LONG_GOAL, longRun, planOf, type Task } from './suites';

interface Collected {
  readonly runs: RunResult[];
  readonly elsewhere: MarketResult[];
  readonly matrix: CellResult[];
  readonly planted: PlantedResult[];
}

/** `npm run stress:short`, `npm run stress:long`, …: several runs, the crash-point matrix and planted bugs, on one page. */
async function main(): Promise<number> {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { report: { type: 'string' }, only: { type: 'string' }, minutes: { type: 'string' } },
  });
  const [name = 'short'] = positionals;
  expectBugsFit();
  const redis = RedisServer.found();
  const without = 'redis-server was not found on the PATH: nothing ran with the queue on Redis.';
  if (!redis) console.error(without);
  const signal = untilInterrupted();
  const startedAt = new Date().toISOString();
  const collected: Collected = { runs: [], elsewhere: [], matrix: [], planted: [] };
  const suite = (note: string): SuiteResult => ({
    command: `npm run stress:${name}${values.minutes === undefined ? '' : ` -- --minutes ${values.minutes}`}`,
    startedAt,
    endedAt: new Date().toISOString(),
    machine: machine(),
    verdictNote: [redis ? '' : without, signal.aborted ? 'Ended early by Ctrl-C.' : '', note].join(' ').trim(),
    ...collected,
  });
  const perform = async (stage: readonly Task[]): Promise<void> => {
    if (signal.aborted) return;
    await Promise.all(stage.map((task) => carryOut(task, signal, collected)));
    // Saves the results so far, in case the machine goes down half way.
    keep(suite('Unfinished: more was to come.'), values.report);
  };
  if (name === 'long') {
    const untilMs = Date.now() + Number(values.minutes ?? LONG_GOAL.minutes) * 60_000;
    const more = (seed: number): boolean => !signal.aborted && Date.now() < untilMs && !enough(collected, seed - 1);
    for (let seed = 1; more(seed); seed += 1) await perform([longRun(seed, redis)]);
  }
  for (const stage of planOf(name, redis, values.only)) await perform(stage);
  return publish(suite(''), values.report).passed ? 0 : 1;
}

function enough({ runs }: Collected, seeds: number): boolean {
  const transfers = runs.reduce((sum, run) => sum + run.sent.of('transfer'), 0);
  const kills = runs.reduce((sum, run) => sum + run.kills.total(), 0);
  if (seeds >= LONG_GOAL.seedsMax) return true;
  return seeds >= LONG_GOAL.seeds && transfers >= LONG_GOAL.transfers && kills >= LONG_GOAL.kills;
}

async function carryOut(task: Task, signal: AbortSignal, collected: Collected): Promise<void> {
  const { runs, elsewhere, matrix, planted } = collected;
  switch (task.kind) {
    case 'run': {
      const { scenario, backend, seed } = task.options;
      const run = await runScenario(task.options, signal, liveLine(`${scenario} on ${backend}, seed ${seed}:`));
      runs.push(run);
      console.log(`seed ${seed}: ${run.violationCount} violations, ${run.kills.total()} kills`);
      break;
    }
    case 'elsewhere': {
      const market = await runMarket(task.options, signal);
      elsewhere.push(market);
      console.log(
        `several services, seed ${market.seed}: ${market.violations.length} violations, ${market.kills} kills`,
      );
      for (const { invariant, detail } of market.violations) console.log(`  ${invariant}: ${detail}`);
      break;
    }
    case 'matrix':
      matrix.push(
        ...(await runMatrix(task.cells, signal, (cell) => {
          const verdict = cell.reached ? `${cell.ended} in ${cell.finalAfterMs} ms` : 'NOT REACHED';
          console.log(`${nameOfCell(cell)}: ${verdict}, ${cell.violations.length} violations`);
          for (const { invariant, detail } of cell.violations) console.log(`  ${invariant}: ${detail}`);
        })),
      );
      break;
    case 'bug': {
      const result = await searchBug(task.bug, task.backend, signal, liveLine(`bug ${task.bug}:`));
      planted.push(result);
      console.log(`bug ${task.bug}: ${result.found ? 'found' : 'NOT FOUND'} after ${result.seconds.toFixed(1)} s`);
      break;
    }
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error('the stress suite itself failed:', error);
    process.exit(2);
  },
);
