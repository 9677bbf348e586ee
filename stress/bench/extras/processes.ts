import { table } from '../../report/table';
import type { Bench } from '../bench';
import { COMPARED_HEAD, compare, comparedRow, type Variant } from './compare';
import { measureForeignDeposits } from './foreignDeposits';
import { serviceOf } from './serviceOf';

const LOADS = ['uniform-256', 'hot-64'] as const;

/** One, two and four processes of the service on one database, with the same number of connections in total. */
export async function measureProcesses(bench: Bench): Promise<string> {
  const name = serviceOf(bench);
  const sections: string[] = [];
  for (const loadName of LOADS) {
    const variants: Variant[] = [];
    for (const processes of [1, 2, 4]) {
      const system = await bench.startSystem(name, { processes });
      const load: Variant['load'] = (round, seconds) => bench.load(loadName, round, seconds);
      variants.push({ title: `${processes} ${processes === 1 ? 'process' : 'processes'}`, system, load });
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
