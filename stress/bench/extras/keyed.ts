import { table } from '../../report/table';
import type { Bench } from '../bench';
import type { Load } from '../load/load';
import { ownGenerator } from '../load/own';
import { COMPARED_HEAD, compare, comparedRow, type Variant } from './compare';
import { serviceOf } from './serviceOf';

interface Kind extends Pick<Load, 'what' | 'size' | 'connections'> {
  readonly title: string;
}

const CONNECTIONS = 64;

const POSTINGS: readonly Kind[] = [
  ...[1, 3, 10, 100].map((size) => ({
    title: size === 1 ? '1 posting' : `${size} postings`,
    what: 'postings' as const,
    size,
    connections: CONNECTIONS,
  })),
  { title: '1 posting, authorized and captured', what: 'two-steps', connections: CONNECTIONS },
];

/** No more transfers in flight than the service accepts. Each transfer of a batch counts as a request. */
const BATCHES: readonly Kind[] = [
  { title: 'single requests', what: 'postings', connections: CONNECTIONS },
  { title: 'single requests', what: 'postings', connections: 256 },
  { title: '10 in a request', what: 'batch', size: 10, connections: CONNECTIONS },
  { title: '100 in a request', what: 'batch', size: 100, connections: 16 },
  { title: '1,000 in a request', what: 'batch', size: 1_000, connections: 2 },
];

/** Compares transfers with several postings and transfers in two steps with transfers of one posting. */
export function measurePostings(bench: Bench): Promise<string> {
  return measure(bench, 'Postings and two steps', POSTINGS);
}

/** Compares many transfers in one request with one request for each transfer. */
export function measureBatch(bench: Bench): Promise<string> {
  return measure(bench, 'Many transfers in one request', BATCHES);
}

async function measure(bench: Bench, title: string, kinds: readonly Kind[]): Promise<string> {
  const name = serviceOf(bench);
  const generator = ownGenerator();
  const system = await bench.startSystem(name);
  const variants = kinds.map(({ title: each, ...kind }): Variant => {
    const load: Variant['load'] = (round, seconds) => ({ ...bench.load('uniform-64', round, seconds), ...kind });
    return { title: `${each}, ${kind.connections} connections`, system, load };
  });
  const compared = await compare(bench, variants, generator);
  await system.stop();
  return `### ${title} (${name}, uniform; ${generator.name})\n\n${table(COMPARED_HEAD, compared.map(comparedRow))}`;
}
