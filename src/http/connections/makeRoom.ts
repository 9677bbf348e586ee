import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * When the last place is taken, the connection that has been between two requests for longest makes room. Otherwise a
 * client could ask once on each of so many connections, and keep every other client out for as long as a connection may
 * be idle. A client that waits for an answer keeps its connection; one that is cut off connects again, as after any idle time.
 */
export function makeRoom(server: Server, connectionsMax: number): void {
  /** Connections whose last answer has gone out and whose next request has not come; the first has been idle for longest. */
  const idle = new Set<Socket>();
  let open = 0;
  server.on('connection', (socket: Socket) => {
    open += 1;
    socket.once('close', () => {
      open -= 1;
      idle.delete(socket);
    });
    // After the data that has arrived is read: what looks idle now may have a request waiting.
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
