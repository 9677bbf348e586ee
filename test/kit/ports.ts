import { createServer } from 'node:net';

/**
 * The range lies below the ports that Linux gives to outgoing connections. Any client on this machine may take one of
 * those a moment after a test found it free.
 */
const FIRST = 10_240;
const LAST = 32_767;
/** Each jest worker has ports of its own. Other harnesses share the first part. */
const PARTS = 16;
const PER_PART = Math.floor((LAST - FIRST + 1) / PARTS);
const part = Number(process.env['JEST_WORKER_ID'] ?? 0) % PARTS;

let turn = Math.floor(Math.random() * PER_PART);

/** Finds loopback ports on which no process listens now. They differ from each other, and from those of the last calls. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  for (let tries = 0; tries < PER_PART && ports.length < count; tries += 1) {
    turn = (turn + 1) % PER_PART;
    const port = FIRST + part * PER_PART + turn;
    if (await isFree(port)) ports.push(port);
  }
  if (ports.length < count) throw new Error('too few free ports');
  return ports;
}

export async function freePort(): Promise<number> {
  const [port] = await freePorts(1);
  if (port === undefined) throw new Error('no free port');
  return port;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
