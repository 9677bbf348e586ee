import { join } from 'node:path';
import { runGenerator } from './child';
import type { LoadGenerator } from './load';

/** The bench's own generator in a separate process. See generator.ts. */
export function ownGenerator(): LoadGenerator {
  return {
    name: 'own generator (node, raw sockets)',
    run: (load) => runGenerator(process.execPath, [join(__dirname, 'generator.js'), JSON.stringify(load)]),
  };
}
