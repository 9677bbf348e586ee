// Builds the package @tandem/client into src/client/dist: as ECMAScript modules and as CommonJS, with declarations.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { typesOf } from './types.mjs';

const ROOT = join(import.meta.dirname, '..', '..');
const CLIENT = join(ROOT, 'src', 'client');
const OUT = join(CLIENT, 'dist');
// The sources as they are compiled lie where the packages of the service are found.
const STAGE = join(ROOT, 'dist', 'client-package');

function run(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}`);
}

const tsc = () => {
  const description = createRequire(import.meta.url).resolve('typescript/package.json');
  return join(dirname(description), JSON.parse(readFileSync(description, 'utf8')).bin.tsc);
};

/** Modules name each other with their endings, as both kinds of modules take them. */
const withEndings = (source) => source.replaceAll(/(from '\.\/\w+)'/g, "$1.js'");

rmSync(OUT, { recursive: true, force: true });
rmSync(STAGE, { recursive: true, force: true });
const service = join(STAGE, 'service');
run(tsc(), '-p', 'tsconfig.service.json', '--outDir', service);
const types = await typesOf(join(CLIENT, 'types.ts'), join(service, 'src'));

for (const [kind, type] of [
  ['esm', 'module'],
  ['cjs', 'commonjs'],
]) {
  const stage = join(STAGE, kind);
  mkdirSync(stage, { recursive: true });
  for (const file of readdirSync(CLIENT).filter((name) => name.endsWith('.ts') && name !== 'types.ts')) {
    writeFileSync(join(stage, file), withEndings(readFileSync(join(CLIENT, file), 'utf8')));
  }
  writeFileSync(join(stage, 'types.ts'), types);
  writeFileSync(join(stage, 'package.json'), JSON.stringify({ type }));
  const options = {
    extends: '../../../tsconfig.json',
    compilerOptions: { noEmit: false, declaration: true, rootDir: '.', outDir: `../out/${kind}`, types: ['node'] },
    include: ['.'],
  };
  writeFileSync(join(stage, 'tsconfig.json'), JSON.stringify(options));
  run(tsc(), '-p', join(stage, 'tsconfig.json'));
  writeFileSync(join(STAGE, 'out', kind, 'package.json'), `${JSON.stringify({ type })}\n`);
}
cpSync(join(STAGE, 'out'), OUT, { recursive: true });
cpSync(join(ROOT, 'LICENSE'), join(CLIENT, 'LICENSE'));
rmSync(STAGE, { recursive: true, force: true });
