import { parseArgs } from 'node:util';
import { z } from 'zod';
import { runMarket } from './elsewhere/runMarket';
import { untilInterrupted } from './progress';

const Options = z.object({
  seed: z.string().default('1'),
  seconds: z.coerce.number().int().min(5).max(86_400).default(60),
  clients: z.coerce.number().int().min(1).max(256).default(16),
});

/** `npm run stress:elsewhere -- --seconds 60 --seed 1`: one run, reported as JSON. Exits with 0 only without violations. */
async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { seed: { type: 'string' }, seconds: { type: 'string' }, clients: { type: 'string' } },
  });
  const result = await runMarket(Options.parse(values), untilInterrupted());
  console.log(JSON.stringify(result, undefined, 2));
  return result.violations.length === 0 ? 0 : 1;
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error('the run itself failed:', error);
    process.exit(2);
  },
);
