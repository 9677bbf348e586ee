import { totalmem } from 'node:os';

const MIB = 1024 * 1024;
/** PostgreSQL's own default. */
const LEAST = 128 * MIB;
const MOST = 1024 * MIB;

/**
 * Bytes for PostgreSQL's `shared_buffers` on a machine with this much memory: an eighth of it, between 128 MiB and
 * 1 GiB. PostgreSQL's documentation advises a quarter on a machine of its own; an embedded server shares its machine.
 * The kernel hands the memory out as pages are used, so a small database takes little of it.
 */
export function sharedBuffersOf(memory: number): number {
  return Math.min(MOST, Math.max(LEAST, Math.floor(memory / 8 / MIB) * MIB));
}

/** Bytes of memory that this process may use: the machine's, or less in a container with a limit. */
export function memoryHere(): number {
  // 0 or a number larger than any memory when there is no limit.
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(totalmem(), limit) : totalmem();
}
