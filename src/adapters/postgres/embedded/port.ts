import { createServer } from 'node:net';

/**
 * Resolves to a free port on loopback: the preferred port if it is free. If another program takes the port first, the
 * server's start reports it.
 */
export async function freePort(preferred?: number): Promise<number> {
  return (preferred === undefined ? undefined : await tryPort(preferred).catch(() => undefined)) ?? tryPort(0);
}

/** Listens on the port, closes it again, and resolves to it; rejects when it is taken. 0 picks any free port. */
export function tryPort(port: number): Promise<number> {
  return new Promise((found, failed) => {
    const probe = createServer();
    probe.on('error', failed);
    probe.listen(port, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (typeof address === 'object' && address) found(address.port);
        else failed(new Error('no free port'));
      });
    });
  });
}
