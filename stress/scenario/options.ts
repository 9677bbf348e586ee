import { parseArgs } from 'node:util';
import { z } from 'zod';
import { type FaultRates, isFaultKind, type Needed, needOf } from '../faults/kinds';

/** Per minute. `pause` is rare, because a paused process is away for longer than the job lock. */
const BANK_RATES: FaultRates = {
  kill: 26,
  bomb: 14,
  pause: 1,
  term: 2,
  cut: 2,
  'pg-crash': 1,
  'pg-away': 0.5,
  'pg-stall': 1,
  'pg-disk': 1,
  'pg-failover': 0.5,
  'pg-crowd': 0.5,
  'row-lock': 0.7,
  'redis-crash': 1,
  'redis-flush': 2,
  'redis-full': 1,
  'redis-readonly': 1,
  'redis-freeze': 1,
  duplicate: 6,
};

/** Two of three processes restart all the time, as in the sample of the same name. */
const ENDLESS_RATES: FaultRates = { kill: 30, bomb: 10 };

const integer = (min: number, max: number) => z.coerce.number().int().min(min).max(max);

const Options = z.object({
  scenario: z.enum(['endless', 'bank']).default('bank'),
  seconds: integer(5, 24 * 3600).default(60),
  seed: z.string().min(1).default('1'),
  processes: integer(1, 16).default(3),
  accounts: integer(2, 100_000).default(1000),
  hot: integer(0, 1000).default(0),
  clients: integer(1, 512).default(24),
  /** Clients of payers without money, beside the other clients. In the bank scenario only. */
  penniless: integer(0, 64).default(2),
  /**
   * Transfers in as few statements as possible, or each call to an account by itself. `both`: one process of several does
   * the other, so that both meet on the same transactions.
   */
  way: z.enum(['statement', 'steps', 'both']).default('both'),
  drive: z.enum(['jobs', 'process', 'both']).default('both'),
  backend: z.enum(['redis', 'postgres']).default('postgres'),
  /** What PostgreSQL has beside itself: nothing, a disk for its tables that can be filled, or a synchronous standby. */
  server: z.enum(['plain', 'small-disk', 'standby']).default('plain'),
  runners: z.enum(['one', 'all']).default('one'),
  /** Whether processes that do not lead hand new work over to the leader. Without effect when all run jobs. */
  peers: z.enum(['linked', 'apart']).default('apart'),
  /** Seconds without faults at the beginning. If undefined: a tenth of the run, but at most 20. */
  calm: integer(0, 3600).optional(),
  faults: z.string().optional(),
  'pause-ms': integer(100, 600_000).default(32_000),
  report: z.string().optional(),
});

export type StressOptions = Readonly<
  Omit<z.output<typeof Options>, 'faults' | 'pause-ms' | 'calm'> & {
    rates: FaultRates;
    calmMs: number;
    pauseMs: number;
    /** The name of a bug that is planted into every process. */
    bug?: string;
    /** More configuration of the service, for every process. */
    settings?: Readonly<Record<string, string>>;
    /** Readers of the feed that never rest, beside the other readers. */
    eagerReaders?: number;
    /** Some transactions take a moment to commit after they took their place in the feed. */
    lateCommits?: boolean;
    /** A transaction that is pending for longer counts as stuck. */
    stuckAfterMs: number;
    /** Ends the run at the first violation, for the search for a planted bug. */
    untilViolation?: boolean;
  }
>;

const STUCK_AFTER_MS = 30_000;

export function parseOptions(args: readonly string[]): StressOptions {
  const names = Object.keys(Options.shape);
  const { values } = parseArgs({
    args: [...args],
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  });
  return completeOptions(values);
}

export function completeOptions(values: z.input<typeof Options>): StressOptions {
  const { faults, calm, 'pause-ms': pauseMs, ...options } = Options.parse(values);
  const calmMs = calm === undefined ? Math.min(20_000, options.seconds * 100) : calm * 1000;
  const all = ratesOf(options.scenario, faults);
  const there: readonly Needed[] = [
    ...(options.backend === 'redis' ? (['redis'] as const) : []),
    ...(options.server === 'small-disk' ? (['small disk'] as const) : []),
    ...(options.server === 'standby' ? (['standby'] as const) : []),
  ];
  const rates = Object.fromEntries(
    Object.entries(all).filter(([kind]) => {
      const need = isFaultKind(kind) ? needOf(kind) : undefined;
      return need === undefined || there.includes(need);
    }),
  );
  return { ...options, calmMs, rates, pauseMs, stuckAfterMs: STUCK_AFTER_MS };
}

/** `default`, `none`, or a list such as `kill=20,pause=1` (per minute), which may follow `default`. */
function ratesOf(scenario: 'endless' | 'bank', text = 'default'): FaultRates {
  const rates: Partial<Record<string, number>> = {};
  for (const part of text.split(',')) {
    const [kind = '', rate] = part.split('=');
    if (part === 'default') Object.assign(rates, scenario === 'bank' ? BANK_RATES : ENDLESS_RATES);
    else if (part === 'none') continue;
    else if (!isFaultKind(kind)) throw new Error(`--faults: ${kind} is no kind of fault`);
    else
      rates[kind] = z.coerce
        .number()
        .min(0)
        .max(600)
        .parse(rate ?? '1');
  }
  return rates;
}
