import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { constants, gzipSync } from 'node:zlib';

/** One file as it is sent. */
export interface ServedFile {
  readonly contentType: string;
  readonly gzipped: Buffer;
  /** Uncompressed, for a client that does not accept gzip. */
  readonly plain: Buffer;
  readonly etag: string;
}

/**
 * The source files that browsers run unchanged; no build step makes them. The folder's relative path differs between
 * the sources and the compiled output in `dist`.
 */
const FOLDER = [join(__dirname, '../../console'), join(__dirname, '../../../../src/console')];

/** The pages' libraries, by import name. */
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
  /** Files by path below the page; `''` is the page itself. */
  readonly files: ReadonlyMap<string, ServedFile>;
  /** The hash of the page's only inline script, the import map, in the form of Content Security Policy. */
  readonly importMapHash: string;
}

/** Reads and compresses all files. `open`: the service serves every caller, so the page "Try it" is included. */
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
    // The files are in the other folder.
    return [];
  }
}

/** A package's exports may not name all its files, so find the package first, then the file in it. */
function libraryFile(path: string): string {
  const [name = ''] = path.split('/');
  let folder = dirname(require.resolve(name));
  while (basename(folder) !== name && folder !== dirname(folder)) folder = dirname(folder);
  return join(dirname(folder), path);
}

/** Source maps are not served, and a browser with open developer tools would request them. */
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
