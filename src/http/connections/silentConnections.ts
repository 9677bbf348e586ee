import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Closes connections on which no request has come at all. Node's own timeouts begin with the first byte of a request, so
 * that a client which sends none would never give up its place among the connections. Over `silentMax` of them the oldest
 * makes room, so that they cannot take all places from clients that send requests.
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
      // A set keeps its order: the oldest come first.
      for (const [socket, openedMs] of silent) {
        if (openedMs > sinceMs) break;
        socket.destroy();
      }
    },
    Math.min(1000, timeoutMs),
  );
  server.once('close', () => clearInterval(timer));
}
