import { totalmem } from 'node:os';

const MIB = 1024 * 1024;
const LEAST = 128 * MIB;
const MOST = 1024 * MIB;

/** What initdb writes, unless it finds that the machine has no room for as much. */
const STOCK = /^shared_buffers = 128MB/m;

/**
 * The configuration of a new cluster on a machine with `memory` bytes: an eighth of them for `shared_buffers`, between
 * 128 MiB and 1 GiB. PostgreSQL's documentation advises a quarter on a machine of its own. An embedded server shares its
 * machine. It stands in the cluster's file, so an operator may change it. A smaller choice of initdb stays.
 */
export function withBuffers(configuration: string, memory: number): string {
  const bytes = Math.min(MOST, Math.max(LEAST, memory / 8));
  return configuration.replace(STOCK, `shared_buffers = ${Math.floor(bytes / MIB)}MB`);
}

/** Bytes of memory that this process may use: the machine's, or less in a container with a limit. */
export function memoryHere(): number {
  // Without a limit this is undefined, 0 or a number larger than any memory, by the version of Node.js.
  const limit = process.constrainedMemory() ?? 0;
  return limit > 0 ? Math.min(totalmem(), limit) : totalmem();
}
