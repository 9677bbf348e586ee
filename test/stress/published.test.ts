import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const read = (...path: string[]): string => readFileSync(join(__dirname, '..', '..', ...path), 'utf8');

/** The cells of the rows of a table in Markdown. */
const rowsOf = (text: string): string[][] =>
  [...text.matchAll(/^\| (.*) \|$/gm)].map(([, row = '']) => row.split(' | ').map((cell) => cell.trim()));

const COLUMNS = { rate: 2, p50Ms: 3, p99Ms: 4, nodeMs: 7, postgresMs: 8, walKiB: 10 } as const;

/** What the newest table of the bench says of the service with each queue. */
function newest(): string[][] {
  const tables = read('stress', 'bench', 'RESULTS.md').split('\n## ');
  const table = tables.findLast((entry) => entry.includes('| uniform-64 | service on Redis |')) ?? '';
  return rowsOf(table)
    .filter(([, system = '']) => system.startsWith('service on '))
    .map((row) => Object.values(COLUMNS).map((column) => row[column] ?? ''));
}

const published = rowsOf(read('docs', 'capacity.md'))
  .filter(([load = '']) => /^\d+ clients, /.test(load))
  .map(([, , ...figures]) => figures);

describe('the published rates', () => {
  test('in docs/capacity.md are those of the newest table of the bench', () => {
    expect(published).toHaveLength(6);
    expect(published.map(([rate = '', ...rest]) => [rate.replace(',', ''), ...rest])).toEqual(newest());
  });

  test('in the README are the lowest and the highest of them', () => {
    const rates = published.map(([rate = '']) => Number(rate.replace(',', '')));
    const hundreds = (rate: number): string => (Math.floor(rate / 100) * 100).toLocaleString('en');
    const range = `${hundreds(Math.min(...rates))} to ${hundreds(Math.max(...rates))} durable transfers a second`;
    expect(read('README.md')).toContain(range);
  });
});
