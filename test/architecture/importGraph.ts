import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';

export const ROOT = join(__dirname, '..', '..');
const SRC = join(ROOT, 'src');

export interface Import {
  readonly from: string;
  readonly specifier: string;
  /** The file it leads to, from src; or the package, or `node:` and the builtin. */
  readonly to: string;
}

const STATIC = /^\s*(?:import|export)\s[^;]*?from\s*['"]([^'"]+)['"]/gms;
const BARE = /^\s*import\s+['"]([^'"]+)['"]/gm;
const DYNAMIC = /\b(?:import|require)\(\s*['"]([^'"]+)['"]/g;

/** The TypeScript files below src, by path from src. */
export const files: ReadonlyMap<string, string> = new Map(
  readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/^client.dist/.test(path))
    .toSorted()
    .map((path) => [path.replaceAll('\\', '/'), readFileSync(join(SRC, path), 'utf8')]),
);

export const imports: readonly Import[] = [...files].flatMap(([from, text]) =>
  [...specifiersOf(text)].map((specifier) => ({ from, specifier, to: resolve(from, specifier) })),
);

function specifiersOf(text: string): Set<string> {
  return new Set(
    [STATIC, BARE, DYNAMIC].flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')),
  );
}

function resolve(from: string, specifier: string): string {
  if (!specifier.startsWith('.')) {
    const name = specifier.replace(/^node:/, '');
    return builtinModules.includes(name) ? `node:${name}` : packageOf(name);
  }
  const target = relative(SRC, join(SRC, dirname(from), specifier)).replaceAll('\\', '/');
  const found = [`${target}.ts`, `${target}/index.ts`, target].find((path) => files.has(path));
  return found ?? target;
}

function packageOf(name: string): string {
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/');
}
