import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Closes connections that never sent a request. Node's own timeouts begin with the first byte of a request, so a client
 * that sends none would keep its place indefinitely. Above `silentMax` such connections, the oldest is closed, so that
 * they cannot take all places from clients that send requests.
 */
export function closeSilent(server: Server, timeoutMs: number, silentMax: number): void {
  const silent = new Map<Socket, number>();
  server.on('connection', (socket: Socket) => {
    const [oldest] = silent.size >= silentMax ? silent.keys() : [];
    oldest?.destroy();
    silent.set(socket, performance.now());
    socket.once('close', () => silent.delete(socket));
  });
  server.on('request', ({ socket }: IncomingMessage) => silent.delete(socket));
  const timer = setInterval(
    () => {
      const sinceMs = performance.now() - timeoutMs;
      // A set keeps insertion order, so the oldest come first.
      for (const [socket, openedMs] of silent) {
        if (openedMs > sinceMs) break;
        socket.destroy();
      }
    },
    Math.min(1000, timeoutMs),
  );
  server.once('close', () => clearInterval(timer));
}
