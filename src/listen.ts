import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from './engine/ports';
import type { HttpServer } from './http/server';

const PATIENCE_MS = 8_000;
const EVERY_MS = 200;

/**
 * Listens, waiting a moment for a port that is taken: the last process may still be letting go of it. Throws one clear
 * line when the port stays taken.
 */
export async function listen(
  create: () => HttpServer,
  host: string,
  port: number,
  log: Log,
): Promise<[HttpServer, AddressInfo]> {
  for (let waitedMs = 0; ; waitedMs += EVERY_MS) {
    const server = create();
    try {
      return [server, await server.listen(host, port)];
    } catch (error) {
      if (!isTaken(error)) throw error;
      if (waitedMs >= PATIENCE_MS) {
        throw new Error(`Port ${port} on ${host} is taken by another program. Stop it, or set PORT to another port.`, {
          cause: error,
        });
      }
      if (waitedMs === 0) log.warn({ host, port }, 'the port is taken; waiting for it');
      await sleep(EVERY_MS);
    }
  }
}

function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
