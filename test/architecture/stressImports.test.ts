import { join } from 'node:path';
import { cyclesOf, type Import, ROOT, readImports } from './importGraph';

/** The rooms of the harness in the order of README.md there: an import goes to the same room or to one before it. */
const ROOMS = ['base', 'faults', 'workload', 'audit', 'scenario', 'elsewhere', 'planted', 'matrix', 'report'];
/** Loaded into the service, the naive service, and what measures both: nothing of the harness needs them. */
const BESIDE = ['preload', 'baseline', 'bench'];
/** Commands lie beside the rooms and may use all of them. */
const COMMANDS = 'commands';

const graph = readImports(join(ROOT, 'stress'), (path) => !path.startsWith('out/'));
const roomOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] ?? '') : COMMANDS);
const within = graph.imports.filter(({ to }) => graph.files.has(to));
const show = ({ from, specifier }: Import): string => `${from} imports ${specifier}`;

test('every file of the harness is in a room that has its place', () => {
  const rooms = new Set([...graph.files.keys()].map(roomOf));
  expect([...rooms].toSorted()).toEqual([...ROOMS, ...BESIDE, COMMANDS].toSorted());
});

test(`an import points one way only: ${ROOMS.join(' <- ')}`, () => {
  const order = [...ROOMS, ...BESIDE, COMMANDS];
  const outwards = within.filter(({ from, to }) => order.indexOf(roomOf(to)) > order.indexOf(roomOf(from)));
  expect(within.length).toBeGreaterThan(graph.files.size);
  expect(outwards.map(show)).toEqual([]);
});

test.each(BESIDE)('no room needs %s', (beside) => {
  const needing = within.filter(({ from, to }) => roomOf(to) === beside && ROOMS.includes(roomOf(from)));
  expect(needing.map(show)).toEqual([]);
});

test('no file imports itself, over however many others', () => {
  expect(cyclesOf(graph)).toEqual([]);
});

test('the service knows nothing of the harness', () => {
  const knowing = readImports(join(ROOT, 'src')).imports.filter(({ specifier }) => /(^|\/)stress\//.test(specifier));
  expect(knowing.map(show)).toEqual([]);
});

test('the kit of servers and processes needs neither the harness nor the tests', () => {
  const kit = readImports(join(ROOT, 'test/kit'));
  const outside = kit.imports.filter(
    ({ specifier }) => specifier.startsWith('..') && !specifier.startsWith('../../src/'),
  );
  expect(kit.files.size).toBeGreaterThan(10);
  expect(outside.map(show)).toEqual([]);
});
