import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Bench } from './bench';
import { MEASURE_EXTRA } from './extras/extras';
import { parseOptions } from './options';
import { settingsOf } from './settings';
import { type CellSummary, measureThroughput } from './throughput';
import { throughputTable } from './throughputTable';

/** dist/stress/bench -> the repository */
const RESULTS = join(__dirname, '..', '..', '..', 'stress', 'bench', 'RESULTS.md');

/** `npm run bench -- …`: see README.md. Fails when the answers and the journal disagree. */
async function main(): Promise<void> {
  const args = process.argv.slice(2);
  const options = parseOptions(args);
  const bench = await Bench.start(options);
  const sections: string[] = [];
  const say = (section: string): void => {
    sections.push(section);
    process.stdout.write(`\n${section}\n`);
  };
  let cells: CellSummary[] = [];
  try {
    say(
      `## ${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC: \`${['npm run bench', ...(args.length > 0 ? ['--'] : []), ...args].join(' ')}\``,
    );
    if (options.table) {
      cells = await measureThroughput(bench);
      say(throughputTable(cells));
    }
    for (const extra of options.extras) say(await MEASURE_EXTRA[extra](bench));
    say(await settingsOf(bench));
  } finally {
    await bench.stop();
  }
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ cells }, undefined, 2)}\n`);
  if (options.publish) appendFileSync(RESULTS, `\n${sections.join('\n\n')}\n`);
}

// A signal still ends the servers: see the `exit` handlers in database.ts and childProcess.ts.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(130));

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error('the bench failed:', error);
    process.exit(1);
  },
);
