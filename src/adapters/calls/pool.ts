import type { LookupFunction } from 'node:net';
import { Pool } from 'undici';

export type { Pool };

export interface PoolOptions {
  readonly connectionsMax: number;
  readonly connectTimeoutMs: number;
  /** Looks the name of the server up; otherwise the system does. */
  readonly lookup?: LookupFunction;
}

/** Connections to the server of this address, kept alive between calls, one call at a time on each. */
export function createPool(url: string, { connectionsMax, connectTimeoutMs, lookup }: PoolOptions): Pool {
  return new Pool(new URL(url).origin, {
    connections: connectionsMax,
    pipelining: 1,
    // Said here, so that no variable of the environment can turn it off.
    connect: { timeout: connectTimeoutMs, rejectUnauthorized: true, ...(lookup && { lookup }) },
  });
}
