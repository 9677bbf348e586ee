import { join } from 'node:path';
import { table } from '../../report/table';
import type { Bench } from '../bench';
import { LOAD_NAMES } from '../cells';
import { COMPARED_HEAD, compare, comparedRow, type Variant } from './compare';

/** dist/stress/bench/extras -> dist/stress */
const BRANCH_ELSEWHERE = join(__dirname, '..', '..', 'preload', 'branchElsewhere.js');

/** Transfers in which a branch elsewhere takes part, beside transfers between accounts alone and the naive service. */
export async function measureElsewhere(bench: Bench): Promise<string> {
  const baseline = await bench.startSystem('baseline');
  const here = await bench.startSystem('process');
  const elsewhere = await bench.startSystem('process', { nodeArgs: ['--require', BRANCH_ELSEWHERE] });
  const sections: string[] = [];
  for (const name of LOAD_NAMES) {
    const load: Variant['load'] = (round, seconds) => bench.load(name, round, seconds);
    const compared = await compare(bench, [
      { title: 'baseline', system: baseline, load },
      { title: 'accounts alone', system: here, load },
      { title: 'with a branch elsewhere', system: elsewhere, load },
    ]);
    sections.push(`${name}:\n\n${table(COMPARED_HEAD, compared.map(comparedRow))}`);
  }
  for (const system of [baseline, here, elsewhere]) await system.stop();
  return [
    '### A branch elsewhere (DRIVE=process)',
    ...sections,
    'The branch elsewhere answers at once, in the process: a patch of the compiled service, loaded with it, adds it to every transfer. So this is what the coordinator pays, without the network and without the other service.',
  ].join('\n\n');
}
