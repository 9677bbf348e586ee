import { parseArgs } from 'node:util';
import { z } from 'zod';
import { LOAD_NAMES, type LoadName, SYSTEMS, type SystemName } from './cells';

/** The measurements beside the table, by name. See README.md. */
export const EXTRAS = [
  'cost',
  'latency',
  'growth',
  'memory',
  'processes',
  'reads',
  'wallets',
  'overload',
  'postings',
  'batch',
  'pages',
  'feed',
  'elsewhere',
  'disk',
  'profile',
] as const;
export type Extra = (typeof EXTRAS)[number];

const integer = (min: number, max: number) => z.coerce.number().int().min(min).max(max);
const flag = z.boolean().default(false);

const Options = z.object({
  quick: flag,
  rounds: integer(1, 100).optional(),
  seconds: integer(1, 600).optional(),
  warmup: integer(0, 60).optional(),
  only: z.string().optional(),
  also: z.string().optional(),
  'no-table': flag,
  accounts: integer(2, 10_000_000).default(1000),
  seed: integer(0, 2 ** 31 - 1).default(1),
  pool: integer(1, 200).default(20),
  set: z.array(z.string().regex(/^[A-Z_]+=/, 'must be KEY=value')).default([]),
  postgres: z.array(z.string().regex(/^[a-z_]+=/, 'must be name=value')).default([]),
  generator: z.enum(['wrk', 'own']).optional(),
  json: z.string().optional(),
  publish: flag,
});

export interface BenchOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly warmupSeconds: number;
  readonly systems: readonly SystemName[];
  readonly loads: readonly LoadName[];
  readonly extras: readonly Extra[];
  readonly table: boolean;
  readonly quick: boolean;
  readonly accounts: number;
  readonly seed: number;
  /** The baseline's connections to PostgreSQL. */
  readonly pool: number;
  /** More configuration of the service. */
  readonly serviceEnv: Readonly<Record<string, string>>;
  /** PostgreSQL settings that differ from the stock ones. */
  readonly postgres: Readonly<Record<string, string>>;
  readonly generator: 'wrk' | 'own' | undefined;
  readonly json: string | undefined;
  readonly publish: boolean;
}

/** V8 compiles hot code for about half a minute. The warm-ups of the three loads together take that long. */
const FULL = { rounds: 3, seconds: 8, warmup: 10 };
const QUICK = { rounds: 2, seconds: 4, warmup: 2 };

export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: Object.fromEntries(Object.entries(Options.shape).map(([name, schema]) => [name, optionOf(name, schema)])),
  });
  const given = Options.parse(values);
  const length = given.quick ? QUICK : FULL;
  const only = list(given.only);
  const unknown = only.filter((name) => !isSystem(name) && !isLoad(name));
  if (unknown.length > 0)
    throw new Error(`--only: ${unknown.join(', ')} is none of ${[...SYSTEMS, ...LOAD_NAMES].join(', ')}`);
  return {
    rounds: given.rounds ?? length.rounds,
    seconds: given.seconds ?? length.seconds,
    warmupSeconds: given.warmup ?? length.warmup,
    systems: some(SYSTEMS, only),
    loads: some(LOAD_NAMES, only),
    extras: given.also === 'all' ? EXTRAS.filter((extra) => extra !== 'profile') : extrasOf(given.also),
    table: !given['no-table'],
    quick: given.quick,
    accounts: given.accounts,
    seed: given.seed,
    pool: given.pool,
    serviceEnv: pairs(given.set),
    postgres: pairs(given.postgres),
    generator: given.generator,
    json: given.json,
    publish: given.publish,
  };
}

function optionOf(name: string, schema: z.ZodType): { type: 'string' | 'boolean'; multiple?: boolean } {
  if (name === 'set' || name === 'postgres') return { type: 'string', multiple: true };
  return { type: schema === flag ? 'boolean' : 'string' };
}

function pairs(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]));
}

const list = (text = ''): string[] => text.split(',').filter((part) => part !== '');
const isSystem = (name: string): name is SystemName => SYSTEMS.some((system) => system === name);
const isLoad = (name: string): name is LoadName => LOAD_NAMES.some((load) => load === name);

/** The named ones, or all when none of this kind was named. */
function some<T extends string>(all: readonly T[], named: readonly string[]): readonly T[] {
  const chosen = all.filter((name) => named.includes(name));
  return chosen.length > 0 ? chosen : all;
}

function extrasOf(text: string | undefined): Extra[] {
  return list(text).map((name) => z.enum(EXTRAS).parse(name));
}
