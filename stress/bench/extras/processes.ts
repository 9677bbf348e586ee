import { table } from '../../report/table';
import type { Bench } from '../bench';
import { COMPARED_HEAD, compare, comparedRow, type Variant } from './compare';
import { measureForeignDeposits } from './foreignDeposits';
import { serviceOf } from './serviceOf';

const LOADS = ['uniform-256', 'hot-64'] as const;

const VARIANTS: readonly { readonly title: string; readonly processes: number; readonly pipes?: number }[] = [
  { title: '1 process', processes: 1 },
  { title: '2 processes', processes: 2 },
  { title: '1 process, and 1 that copies bytes to it', processes: 1, pipes: 1 },
  { title: '4 processes', processes: 4 },
  { title: '1 process, and 3 that copy bytes to it', processes: 1, pipes: 3 },
];

/**
 * One, two and four processes of the service on one database, with the same number of connections in total. Processes
 * that only copy bytes show what any further process costs on the same cores.
 */
export async function measureProcesses(bench: Bench): Promise<string> {
  const name = serviceOf(bench);
  const sections: string[] = [];
  for (const loadName of LOADS) {
    const variants: Variant[] = [];
    for (const { title, ...settings } of VARIANTS) {
      const system = await bench.startSystem(name, settings);
      const load: Variant['load'] = (round, seconds) => bench.load(loadName, round, seconds);
      variants.push({ title, system, load });
    }
    const compared = await compare(bench, variants);
    for (const { system } of variants) await system.stop();
    sections.push(
      `### Processes on one database (${name}, ${loadName})\n\n${table(COMPARED_HEAD, compared.map(comparedRow))}`,
    );
  }
  sections.push(await measureForeignDeposits(bench));
  return sections.join('\n\n');
}
