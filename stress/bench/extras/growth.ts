import { table } from '../../report/table';
import type { Bench } from '../bench';
import type { SystemSettings } from '../systems';
import { COMPARED_HEAD, compare, comparedRow, type Variant } from './compare';
import { serviceOf } from './serviceOf';

interface Size extends Pick<SystemSettings, 'accounts' | 'entriesEach'> {
  readonly title: string;
}

const SIZES: readonly Size[] = [
  { title: '1,000 accounts', accounts: 1_000 },
  { title: '100,000 accounts', accounts: 100_000 },
  { title: '1,000,000 accounts', accounts: 1_000_000 },
  { title: '1,000 accounts, 10 million journal rows', accounts: 1_000, entriesEach: 10_000 },
];

const QUICK_SIZES: readonly Size[] = [
  { title: '1,000 accounts', accounts: 1_000 },
  { title: '100,000 accounts', accounts: 100_000 },
  { title: '1,000 accounts, 1 million journal rows', accounts: 1_000, entriesEach: 1_000 },
];

/** The same load on more data. */
export async function measureGrowth(bench: Bench): Promise<string> {
  const name = serviceOf(bench);
  const variants: Variant[] = [];
  for (const { title, ...size } of bench.options.quick ? QUICK_SIZES : SIZES) {
    const system = await bench.startSystem(name, size);
    const load: Variant['load'] = (round, seconds) => ({
      ...bench.load('uniform-64', round, seconds),
      accounts: size.accounts,
    });
    variants.push({ title, system, load });
  }
  const compared = await compare(bench, variants);
  for (const { system } of variants) await system.stop();
  return `### Growth (${name}, uniform, 64 connections)\n\n${table(COMPARED_HEAD, compared.map(comparedRow))}`;
}
