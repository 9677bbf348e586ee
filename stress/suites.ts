import type { ServerKind } from '../test/kit/postgres';
import { SmallDisk } from '../test/kit/smallDisk';
import type { MarketOptions } from './elsewhere/runMarket';
import { type Cell, nameOfCell } from './matrix/cell';
import { allCells } from './matrix/runMatrix';
import { BUGS } from './planted/bugs';
import { controlOptions } from './planted/search';
import { completeOptions, type StressOptions } from './scenario/options';

type Backend = 'redis' | 'postgres';

export type Task =
  | { readonly kind: 'run'; readonly options: StressOptions }
  | { readonly kind: 'elsewhere'; readonly options: MarketOptions }
  | { readonly kind: 'matrix'; readonly cells: readonly Cell[] }
  | { readonly kind: 'bug'; readonly bug: string; readonly backend: Backend };

/** Stages that run one after the other. The tasks of a stage run at the same time. */
export type Plan = readonly (readonly Task[])[];

/**
 * What the published report must cover: this many seeds, then more until there are enough transfers and kills, or the
 * time is up. The seeds get this many minutes, and the whole suite gets about ten more.
 */
export const LONG_GOAL = { seeds: 12, seedsMax: 20, transfers: 300_000, kills: 1000, minutes: 40 } as const;
/** Enough clients to have transactions in every status, and few enough to leave the machine room to start processes. */
const LONG_RUN = { seconds: 140, calm: 12, clients: 72, faults: 'default,kill=36,bomb=14,pause=0.4' } as const;
/** Longer than BullMQ's job lock of 30 s. */
const PAUSE_MS = 31_000;

/**
 * The plan of a named suite. Without Redis everything runs on PostgreSQL alone. `only` limits `matrix` and `bugs` to
 * the names that contain this text.
 */
export function planOf(name: string, redis: boolean, only = ''): Plan {
  const backends: readonly Backend[] = redis ? ['postgres', 'redis'] : ['postgres'];
  switch (name) {
    case 'short':
      return short(backends);
    case 'long':
      return long(backends);
    case 'matrix':
      return [[{ kind: 'matrix', cells: allCells(backends).filter((cell) => nameOfCell(cell).includes(only)) }]];
    case 'races':
      return races(backends);
    case 'bugs':
      return allBugs(backends, only);
    default:
      throw new Error(`There is no suite ${name}: short, long, races, matrix or bugs`);
  }
}

/** For every change: both backends, every kind of fault, every cell of the matrix once, and one planted bug. */
function short(backends: readonly Backend[]): Plan {
  const runs = backends.map((backend, index): Task => {
    const options = {
      backend,
      runners: runnersOf(index + 1),
      peers: peersOf(index + 1),
      server: serverOf(index + 1),
      seconds: 34,
      clients: 8,
      accounts: 200,
      'pause-ms': PAUSE_MS,
      seed: `short ${backend}`,
    };
    return { kind: 'run', options: completeOptions(options) };
  });
  const cells = allCells(backends).filter((_, index) => backends.length === 1 || index % 4 === 0 || index % 4 === 3);
  return [
    [...runs, { kind: 'matrix', cells }],
    [
      { kind: 'elsewhere', options: { seed: 'short', seconds: 15, clients: 8 } },
      { kind: 'bug', bug: 'no-compare-and-set', backend: 'postgres' },
    ],
  ];
}

/** For the published report. The seeds come after it, see {@link longRun}. */
function long(backends: readonly Backend[]): Plan {
  const endless = backends.map((backend): readonly Task[] => [
    {
      kind: 'run',
      options: completeOptions({ scenario: 'endless', seconds: 30, seed: `endless ${backend}`, backend }),
    },
  ]);
  const elsewhere = ['1', '2'].map((seed): readonly Task[] => [
    { kind: 'elsewhere', options: { seed, seconds: 60, clients: 16 } },
  ]);
  return [
    ...endless,
    ...races(backends),
    ...elsewhere,
    [{ kind: 'matrix', cells: allCells(backends) }],
    ...allBugs(backends),
  ];
}

/**
 * Two processes that write the same accounts without faults. Each drives the transfers that it takes. There are three
 * kinds: accounts drawn evenly, one hot account among them, and only two accounts in all, so that every statement of
 * one process meets those of the other.
 */
function races(backends: readonly Backend[]): Plan {
  const [backend = 'postgres'] = backends.toReversed();
  const common = {
    backend,
    processes: 2,
    runners: 'all',
    drive: 'process',
    way: 'statement',
    faults: 'none',
    seconds: 20,
  } as const;
  const kinds = [
    { seed: 'races uniform', accounts: 100, hot: 0 },
    { seed: 'races hot', accounts: 100, hot: 1 },
    { seed: 'races of every flush', accounts: 2, hot: 0 },
  ];
  return kinds.map((kind): readonly Task[] => [{ kind: 'run', options: completeOptions({ ...common, ...kind }) }]);
}

/** One seed of the long run. Redis is the production backend, so four of five seeds use it where it is installed. */
export function longRun(seed: number, redis: boolean): Task {
  const backend: Backend = redis && seed % 5 !== 0 ? 'redis' : 'postgres';
  const server = serverOf(seed);
  const hot = seed % 4 === 0 ? 10 : 0;
  const options = {
    ...LONG_RUN,
    seed: String(seed),
    backend,
    server,
    hot,
    runners: runnersOf(seed),
    peers: peersOf(seed),
    'pause-ms': PAUSE_MS,
  };
  return { kind: 'run', options: completeOptions(options) };
}

/** Kinds of server in turns, if this machine can mount a disk. */
function serverOf(index: number): ServerKind {
  const kinds = (['plain', 'small-disk', 'standby'] as const).filter(
    (kind) => kind !== 'small-disk' || SmallDisk.found(),
  );
  return kinds[index % kinds.length] ?? 'plain';
}

/** In turns. With one process that runs the jobs, the lead changes hands. When all run jobs, drivers meet. */
function runnersOf(index: number): 'one' | 'all' {
  return index % 2 === 0 ? 'all' : 'one';
}

/** Every second seed with one runner of jobs hands work over to the leader. */
function peersOf(index: number): 'linked' | 'apart' {
  return index % 4 === 1 ? 'linked' : 'apart';
}

function allBugs(backends: readonly Backend[], only = ''): Plan {
  const [backend = 'postgres'] = backends.toReversed();
  const controls = (['steps', 'both'] as const)
    .filter((way) => `control ${way}`.includes(only))
    .map((way): readonly Task[] => [{ kind: 'run', options: controlOptions(backend, way) }]);
  const searches = Object.keys(BUGS)
    .filter((bug) => bug.includes(only))
    .map((bug, index): readonly Task[] => [
      { kind: 'bug', bug, backend: backends[index % backends.length] ?? 'postgres' },
    ]);
  return [...controls, ...searches];
}
