import { Pool } from 'undici';

export type { Pool };

export interface PoolOptions {
  readonly connectionsMax: number;
  readonly connectTimeoutMs: number;
}

/** Connections to the server of this address, kept alive between calls, one call at a time on each. */
export function createPool(url: string, { connectionsMax, connectTimeoutMs }: PoolOptions): Pool {
  return new Pool(new URL(url).origin, {
    connections: connectionsMax,
    pipelining: 1,
    // Said here, so that no variable of the environment can turn it off.
    connect: { timeout: connectTimeoutMs, rejectUnauthorized: true },
  });
}
