import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './importGraph';

const FOLDER = join(ROOT, 'src', 'console');
const LIBRARIES = ['htm', 'preact', 'preact/hooks', 'uplot'];

const modules = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.mjs'))
  .map((path) => ({ path, source: readFileSync(join(FOLDER, path), 'utf8') }));

const imported = modules.flatMap(({ path, source }) =>
  [...source.matchAll(/^(?:import|export)\b[^;]*?from '([^']+)'/gm)].map(([, to = '']) => ({ path, to })),
);

test('what browsers run imports itself and the libraries that are served, and of the service only types', () => {
  expect(modules.length).toBeGreaterThan(10);
  expect(imported.length).toBeGreaterThan(modules.length);
  const strays = imported.filter(({ to }) => !LIBRARIES.includes(to) && !/^\.\.?\/[\w./]+\.mjs$/.test(to));
  expect(strays).toEqual([]);
});

test('it is written without markup as text, which would make names into markup', () => {
  const using = modules.filter(({ source }) => /innerHTML|dangerously|insertAdjacentHTML|document\.write/.test(source));
  expect(using.map(({ path }) => path)).toEqual([]);
});
