import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';

/** One file as it goes out. */
export interface ServedFile {
  readonly contentType: string;
  readonly gzipped: Buffer;
  /** Not compressed, for a client that does not take gzip. */
  readonly plain: Buffer;
  readonly etag: string;
}

/**
 * The files that browsers run as they are, from the sources: nothing builds them. This folder is as far below the sources as
 * below what the compiler makes of them, which is in `dist`.
 */
const FOLDER = [join(__dirname, '../../console'), join(__dirname, '../../../../src/console')];

/** What the pages are made with, by the name that they import it by. */
const LIBRARIES: Readonly<Record<string, readonly [name: string, path: string]>> = {
  preact: ['preact.js', 'preact/dist/preact.mjs'],
  'preact/hooks': ['hooks.js', 'preact/hooks/dist/hooks.mjs'],
  htm: ['htm.js', 'htm/dist/htm.module.js'],
  uplot: ['uplot.js', 'uplot/dist/uPlot.esm.js'],
};
const LIBRARY_STYLES = ['uplot.css', 'uplot/dist/uPlot.min.css'] as const;

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface ConsoleFiles {
  /** By path below the page, `''` is the page itself. */
  readonly files: ReadonlyMap<string, ServedFile>;
  /** Of the only script that stands in the page: the map of imports. As Content Security Policy writes it. */
  readonly importMapHash: string;
}

/** Reads and compresses all of them. `open` says whether the service serves every caller; then the page "Try it" is there. */
export function readConsole(base: string, open: boolean): ConsoleFiles {
  const importMap = JSON.stringify({
    imports: Object.fromEntries(Object.entries(LIBRARIES).map(([name, [file]]) => [name, `${base}/lib/${file}`])),
  });
  const files = new Map<string, ServedFile>();
  const folder = sourceFolder();
  for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const name = path.replaceAll('\\', '/');
    if (TYPES[extname(name)] !== undefined) files.set(name, served(name, readFileSync(join(folder, path))));
  }
  for (const [name, path] of [...Object.values(LIBRARIES), LIBRARY_STYLES]) {
    files.set(`lib/${name}`, served(name, withoutSourceMap(readFileSync(libraryFile(path), 'utf8'))));
  }
  const page = readFileSync(join(folder, 'index.html'), 'utf8')
    .replace('<script type="importmap">{}', () => `<script type="importmap">${importMap}`)
    .replace('data-open="false"', `data-open="${open}"`);
  files.delete('index.html');
  files.set('', served('index.html', Buffer.from(page)));
  return { files, importMapHash: `'sha256-${createHash('sha256').update(importMap).digest('base64')}'` };
}

function sourceFolder(): string {
  const found = FOLDER.find((folder) => readdirOf(folder).includes('index.html'));
  if (found === undefined) throw new Error(`The files of the console are in none of ${FOLDER.join(', ')}`);
  return found;
}

function readdirOf(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    // It is the other one.
    return [];
  }
}

/** The exports of a package need not name all of its files: the package is found, then the file in it. */
function libraryFile(path: string): string {
  const [name = ''] = path.split('/');
  let folder = dirname(require.resolve(name));
  while (basename(folder) !== name && folder !== dirname(folder)) folder = dirname(folder);
  return join(dirname(folder), path);
}

/** The maps are not served, and a browser with its tools open would ask for them. */
function withoutSourceMap(text: string): Buffer {
  return Buffer.from(text.replace(/\n\/\/# sourceMappingURL=\S+\s*$/, '\n'));
}

function served(name: string, plain: Buffer): ServedFile {
  return {
    contentType: TYPES[extname(name)] ?? 'application/octet-stream',
    plain,
    gzipped: gzipSync(plain, { level: constants.Z_BEST_COMPRESSION }),
    etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
  };
}
