import type { LookupFunction } from 'node:net';
import { Pool } from 'undici';

export type { Pool };

export interface PoolOptions {
  readonly connectionsMax: number;
  readonly connectTimeoutMs: number;
  /** Looks up the server's name. Default: the system's look-up. */
  readonly lookup?: LookupFunction;
}

/** A pool of connections to the server at this address. They stay alive between calls and carry one call at a time. */
export function createPool(url: string, { connectionsMax, connectTimeoutMs, lookup }: PoolOptions): Pool {
  return new Pool(new URL(url).origin, {
    connections: connectionsMax,
    pipelining: 1,
    // Set explicitly, so that no environment variable can turn it off.
    connect: { timeout: connectTimeoutMs, rejectUnauthorized: true, ...(lookup && { lookup }) },
  });
}
