import { readdirSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, normalize } from 'node:path';

export const ROOT = join(__dirname, '..', '..');
const SRC = join(ROOT, 'src');

export interface Import {
  readonly from: string;
  readonly specifier: string;
  /** The file it leads to, from the directory; or the package, or `node:` and the builtin. */
  readonly to: string;
}

const STATIC = /^\s*(?:import|export)\s[^;]*?from\s*['"]([^'"]+)['"]/gms;
const BARE = /^\s*import\s+['"]([^'"]+)['"]/gm;
const DYNAMIC = /\b(?:import|require)\(\s*['"]([^'"]+)['"]/g;

export interface ImportGraph {
  /** The text of each TypeScript file, by its path from the directory. */
  readonly files: ReadonlyMap<string, string>;
  readonly imports: readonly Import[];
}

/** The imports of the TypeScript files below a directory. `kept` says which files belong to it, by their paths. */
export function readImports(directory: string, kept: (path: string) => boolean = () => true): ImportGraph {
  const files = new Map(
    readdirSync(directory, { recursive: true, encoding: 'utf8' })
      .map((path) => path.replaceAll('\\', '/'))
      .filter((path) => path.endsWith('.ts') && kept(path))
      .toSorted()
      .map((path) => [path, readFileSync(join(directory, path), 'utf8')]),
  );
  const imports = [...files].flatMap(([from, text]) =>
    [...specifiersOf(text)].map((specifier) => ({ from, specifier, to: resolve(files, from, specifier) })),
  );
  return { files, imports };
}

/** What the client package is built into lies beside its sources. */
export const { files, imports } = readImports(SRC, (path) => !/^client.dist/.test(path));

/** Files that import themselves over others, as "a -> b -> a". */
export function cyclesOf({ files, imports }: ImportGraph): string[] {
  const targets = new Map<string, string[]>();
  for (const { from, to } of imports) if (files.has(to)) targets.set(from, [...(targets.get(from) ?? []), to]);
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) cycles.push([...trail.slice(start), path].join(' -> '));
    if (start >= 0 || done.has(path)) return;
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of files.keys()) visit(path, []);
  return cycles;
}

function specifiersOf(text: string): Set<string> {
  return new Set(
    [STATIC, BARE, DYNAMIC].flatMap((pattern) => [...text.matchAll(pattern)].map((match) => match[1] ?? '')),
  );
}

function resolve(files: ReadonlyMap<string, string>, from: string, specifier: string): string {
  if (!specifier.startsWith('.')) {
    const name = specifier.replace(/^node:/, '');
    return builtinModules.includes(name) ? `node:${name}` : packageOf(name);
  }
  const target = normalize(join(dirname(from), specifier)).replaceAll('\\', '/');
  const found = [`${target}.ts`, `${target}/index.ts`, target].find((path) => files.has(path));
  return found ?? target;
}

function packageOf(name: string): string {
  return name.split('/', name.startsWith('@') ? 2 : 1).join('/');
}
