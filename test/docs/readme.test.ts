import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigSchema, loadConfig } from '../../src/config';

const readme = readFileSync(join(__dirname, '..', '..', 'README.md'), 'utf8');
const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| (.+) \| (.+) \|$/gm)].map(([, key, meaning, value]) => ({
  key,
  meaning,
  value,
}));

test('the README names every environment variable, with what it means and its default, and no other', () => {
  const defaults: Record<string, string | number | boolean | readonly string[] | undefined> = loadConfig({});
  const expected = Object.entries(ConfigSchema.shape).map(([key, schema]) => ({
    key,
    meaning: schema.description,
    value: defaults[key] === undefined ? 'none' : `\`${String(defaults[key])}\``,
  }));
  expect(rows).toEqual(expected);
});

test('a bad variable is named, and its value is not', () => {
  expect(() => loadConfig({ PORT: 'hunter2', DATABASE_URL: 'hunter2' })).toThrow(/PORT: .*\n.*DATABASE_URL: /);
  expect(() => loadConfig({ PORT: 'hunter2' })).not.toThrow(/hunter2/);
});
