import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';

/** The same from the sources and from the build. */
export const REPOSITORY = repository(__dirname);

const Package = z.object({ scripts: z.object({ start: z.string().regex(/^node (--\S+ )*dist\/src\/main\.js$/) }) });

/** The options that `npm start` gives to node, so that tests and measurements run as production does. */
export const NODE_OPTIONS_OF_START: readonly string[] = Package.parse(
  JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')),
)
  .scripts.start.split(' ')
  .slice(1, -1);

function repository(directory: string): string {
  return existsSync(join(directory, 'package-lock.json')) ? directory : repository(dirname(directory));
}
