import { liveLine, untilInterrupted } from './progress';
import { machine, publish } from './report/publish';
import { parseOptions } from './scenario/options';
import { runScenario } from './scenario/runScenario';

/** `npm run stress -- --scenario bank --seconds 60 …`: one run and its page. Exits with 0 only without violations. */
async function main(): Promise<number> {
  const args = process.argv.slice(2);
  const options = parseOptions(args);
  const startedAt = new Date().toISOString();
  const run = await runScenario(options, untilInterrupted(), liveLine(`${options.scenario} ${options.seed}:`));
  const verdict = publish(
    {
      command: `npm run stress -- ${args.join(' ')}`.trim(),
      startedAt,
      endedAt: new Date().toISOString(),
      machine: machine(),
      verdictNote: '',
      runs: [run],
      matrix: [],
      elsewhere: [],
      planted: [],
    },
    options.report,
  );
  return verdict.passed ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error('the stress run itself failed:', error);
    process.exit(2);
  },
);
