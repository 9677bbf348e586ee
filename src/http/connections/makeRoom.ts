import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * When the last place is taken, closes the connection that has been idle between two requests for longest. Otherwise a
 * client could send one request on each of many connections, and keep every other client out for the whole idle
 * timeout. A client that waits for an answer keeps its connection. A client that is cut off reconnects, as after any
 * idle timeout.
 */
export function makeRoom(server: Server, connectionsMax: number): void {
  /** Connections whose last answer was sent and whose next request has not arrived, the longest idle first. */
  const idle = new Set<Socket>();
  let open = 0;
  server.on('connection', (socket: Socket) => {
    open += 1;
    socket.once('close', () => {
      open -= 1;
      idle.delete(socket);
    });
    // Close after reading the data that has arrived: a connection that looks idle may have a request waiting.
    if (open >= connectionsMax) setImmediate(() => closeOne(idle));
  });
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    idle.delete(socket);
    response.once('finish', () => {
      if (!socket.destroyed) idle.add(socket);
    });
  });
}

function closeOne(idle: Set<Socket>): void {
  const [longest] = idle;
  longest?.destroy();
}
