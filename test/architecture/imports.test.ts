import { cyclesOf, files, type Import, imports } from './importGraph';

/** The rooms from the inside out: an import goes to the same room or to one before it. */
const ROOMS = ['domain', 'engine', 'adapters', 'http', 'main'] as const;
type Room = (typeof ROOMS)[number];

/** config, compose, main and what they are made of lie beside the rooms and may use all of them. */
function roomOf(path: string): Room {
  const [first = ''] = path.split('/');
  return ROOMS.find((room) => path.includes('/') && room === first) ?? 'main';
}

const within = (path: string, room: Room) => roomOf(path) === room;
const isFile = (path: string) => files.has(path);
const show = ({ from, specifier }: Import) => `${from} imports ${specifier}`;

test('the import graph is read: every room has files and imports', () => {
  for (const room of ROOMS) expect([...files.keys()].filter((path) => within(path, room))).not.toEqual([]);
  expect(imports.length).toBeGreaterThan(files.size);
  const relative = imports.filter(({ specifier }) => specifier.startsWith('.'));
  const outside = relative.filter(({ to }) => !isFile(to)).map(({ to }) => to);
  // Beside src only these are imported: the numbered migrations, and the name and version of the package.
  for (const path of outside) expect(path).toMatch(/^\.\.\/(migrations|package\.json)/);
});

test('an import points inwards only: domain <- engine <- adapters <- http <- main', () => {
  const outwards = imports
    .filter(({ to }) => isFile(to))
    .filter(({ from, to }) => ROOMS.indexOf(roomOf(to)) > ROOMS.indexOf(roomOf(from)));
  expect(outwards.map(show)).toEqual([]);
});

test('no file imports itself, over however many others', () => {
  expect(cyclesOf({ files, imports })).toEqual([]);
});

test('the domain imports nothing from outside the domain, builtins included', () => {
  const outside = imports.filter(({ from, to }) => within(from, 'domain') && !(isFile(to) && within(to, 'domain')));
  expect(outside.map(show)).toEqual([]);
});

test('the client is a package of its own: it imports itself alone, and from the service types that are written out', () => {
  const strays = imports
    .filter(({ from, to }) => from.startsWith('client/') && !to.startsWith('client/'))
    .filter(({ from }) => from !== 'client/types.ts');
  expect(strays.map(show)).toEqual([]);
});

test('the engine knows no database, queue, http or logging library', () => {
  const packages = imports.filter(({ from, to }) => within(from, 'engine') && !isFile(to) && !to.startsWith('node:'));
  expect(packages.map(show)).toEqual([]);
  const builtins = imports.filter(({ from, to }) => within(from, 'engine') && to.startsWith('node:'));
  expect(new Set(builtins.map(({ to }) => to))).toEqual(new Set(['node:diagnostics_channel']));
});

describe('inside the engine', () => {
  const between = (from: string, to: string) =>
    imports.filter((each) => each.from.startsWith(`engine/${from}/`) && each.to.startsWith(`engine/${to}/`));

  test('the rooms are there, and each is made of files of its own', () => {
    for (const room of ['accounts', 'transactions', 'journal']) expect(between(room, room)).not.toEqual([]);
  });

  test('transactions know of no account: they call branches', () => {
    expect(between('transactions', 'accounts').map(show)).toEqual([]);
  });

  test('accounts know of transactions only that they are their branches', () => {
    const known = between('accounts', 'transactions');
    expect(known.map(({ from, to }) => [from, to])).toEqual([
      ['engine/accounts/localBranches.ts', 'engine/transactions/branch.ts'],
    ]);
  });

  test('the journal knows neither: it writes what units decide', () => {
    expect([...between('journal', 'accounts'), ...between('journal', 'transactions')].map(show)).toEqual([]);
  });
});

test.each(['Date.now', 'new Date(', 'Math.random', 'performance.now', 'process.hrtime', 'process.env'])(
  'domain and engine are given clock, chance and settings: no %s',
  (text) => {
    const using = [...files].filter(([path, source]) => /^(domain|engine)\//.test(path) && source.includes(text));
    expect(using.map(([path]) => path)).toEqual([]);
  },
);

test('only the edges know the http library, only the adapters know database and queue', () => {
  const homes: Readonly<Record<string, readonly Room[]>> = {
    // The queue's dashboard is an express router of its own.
    express: ['http', 'adapters'],
    knex: ['adapters'],
    bullmq: ['adapters'],
    ioredis: ['adapters'],
    undici: ['adapters'],
  };
  const strays = imports.filter(({ from, to }) => homes[to] && !homes[to].includes(roomOf(from)));
  expect(strays.map(show)).toEqual([]);
});
