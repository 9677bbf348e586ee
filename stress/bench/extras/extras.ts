import type { Bench } from '../bench';
import type { Extra } from '../options';
import { measureCost } from './cost';
import { measureDisk } from './disk';
import { measureElsewhere } from './elsewhere';
import { measureFeed } from './feed';
import { measureGrowth } from './growth';
import { measureBatch, measurePostings } from './keyed';
import { measureLatency } from './latency';
import { measureMemory } from './memory';
import { measureOverload } from './overload';
import { measurePages } from './pages';
import { measureProcesses } from './processes';
import { measureProfile } from './profile';
import { measureReads } from './reads';
import { measureWallets } from './wallets';

/** Each extra resolves to a section of Markdown. */
export const MEASURE_EXTRA: Record<Extra, (bench: Bench) => Promise<string>> = {
  cost: measureCost,
  latency: measureLatency,
  growth: measureGrowth,
  memory: measureMemory,
  processes: measureProcesses,
  reads: measureReads,
  wallets: measureWallets,
  overload: measureOverload,
  postings: measurePostings,
  batch: measureBatch,
  pages: measurePages,
  feed: measureFeed,
  elsewhere: measureElsewhere,
  disk: measureDisk,
  profile: measureProfile,
};
