import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../engine/log';
import type { HttpServer } from '../http/connections/server';

const PATIENCE_MS = 8_000;
const EVERY_MS = 200;

/**
 * Resolves when the port is free. Logs a port in use at once and waits a moment, because the last process may still be
 * releasing it. Rejects with one clear line when the port stays in use. Call it before anything is started.
 */
export async function expectFree(host: string, port: number, log: Log): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += EVERY_MS) {
    try {
      return await tryToListen(host, port);
    } catch (error) {
      if (!hasCode(error, 'EADDRINUSE') || waitedMs >= PATIENCE_MS) throw explained(error, host, port);
      if (waitedMs === 0) {
        const what = `port ${port} on ${host} is taken by another program; waiting ${PATIENCE_MS / 1_000} s for it`;
        log.warn({ host, port }, `${what}. Stop that program, or set PORT to another port`);
      }
      await sleep(EVERY_MS);
    }
  }
}

/** Listens. Rejects with one clear line when that fails. */
export async function listen(server: HttpServer, host: string, port: number): Promise<[HttpServer, AddressInfo]> {
  try {
    return [server, await server.listen(host, port)];
  } catch (error) {
    throw explained(error, host, port);
  }
}

function tryToListen(host: string, port: number): Promise<void> {
  return new Promise((free, taken) => {
    const probe = createServer();
    probe.once('error', taken);
    probe.listen({ host, port }, () => probe.close(() => free()));
  });
}

function explained(error: unknown, host: string, port: number): Error {
  const cause = { cause: error };
  if (hasCode(error, 'EADDRINUSE')) {
    return new Error(
      `Port ${port} on ${host} is taken by another program. Stop it, or set PORT to another port.`,
      cause,
    );
  }
  if (hasCode(error, 'EACCES')) {
    return new Error(`This user may not listen on port ${port}. Set PORT to one above 1023.`, cause);
  }
  if (hasCode(error, 'EADDRNOTAVAIL') || hasCode(error, 'ENOTFOUND')) {
    return new Error(
      `HOST: ${host} is no address of this machine. 127.0.0.1 is for this machine alone, 0.0.0.0 for all.`,
      cause,
    );
  }
  return error instanceof Error ? error : new Error(String(error));
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
