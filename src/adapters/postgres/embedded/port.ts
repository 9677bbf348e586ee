import { createServer } from 'node:net';

/** A port on loopback that nothing listens on now: the preferred one, if that is so. If another program takes it before the server does, the server's start says so. */
export async function freePort(preferred?: number): Promise<number> {
  return (preferred === undefined ? undefined : await tryPort(preferred).catch(() => undefined)) ?? tryPort(0);
}

/** Resolves to the port once it was listened on and let go; rejects when it is taken. 0 takes any. */
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
