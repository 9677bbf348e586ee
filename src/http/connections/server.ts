import { createServer, IncomingMessage, type Server, ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer } from 'node:net';
import type { Express } from 'express';
import { answerUnreadable } from '../answers/unreadable';
import { makeRoom } from './makeRoom';
import { closeSilent } from './silentConnections';

export interface ServerLimits {
  /** Milliseconds in which the headers of a request must have come. */
  readonly headersTimeoutMs: number;
  /** Milliseconds in which a whole request must have come. */
  readonly requestTimeoutMs: number;
  /** Milliseconds that a connection may be idle between two requests. */
  readonly keepAliveTimeoutMs: number;
  readonly headerBytesMax: number;
  /** Connections open at once. When so many are, the idle ones are closed; one more is closed at once. */
  readonly connectionsMax: number;
}

export const DEFAULT_SERVER_LIMITS: ServerLimits = {
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveTimeoutMs: 65_000,
  headerBytesMax: 16 * 1024,
  connectionsMax: 10_000,
};

/**
 * How long a connection without a request is left open after the listening has stopped: a client that is about to send
 * on it gets its answer, and with it the word that the connection closes, instead of a reset.
 */
const LINGER_MS = 500;

/** The application on a socket. Started and stopped once. */
export class HttpServer {
  private idleTimer: NodeJS.Timeout | undefined;

  private constructor(private readonly server: Server) {}

  static create(app: Express, limits: ServerLimits = DEFAULT_SERVER_LIMITS): HttpServer {
    const server = createServer(
      {
        ...messagesOf(app),
        headersTimeout: limits.headersTimeoutMs,
        requestTimeout: limits.requestTimeoutMs,
        connectionsCheckingInterval: Math.min(1000, limits.headersTimeoutMs),
        keepAliveTimeout: limits.keepAliveTimeoutMs,
        maxHeaderSize: limits.headerBytesMax,
        // The application answers it, with a body that says what is wrong.
        requireHostHeader: false,
      },
      app,
    );
    server.maxConnections = limits.connectionsMax;
    makeRoom(server, limits.connectionsMax);
    server.on('clientError', answerUnreadable);
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
    // Wait for longer than node's own timeout, which answers clients that sent a part of a request.
    closeSilent(server, limits.headersTimeoutMs + 2000, Math.ceil(limits.connectionsMax / 2));
    return new HttpServer(server);
  }

  /** Resolves with the address it listens on; port 0 takes any that is free. Rejects when it cannot. */
  listen(host: string, port: number): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ host, port }, () => {
        this.server.off('error', reject);
        resolve(this.server.address() as AddressInfo);
      });
    });
  }

  /** Connections that are open now. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
    });
  }

  /**
   * Stops accepting at once, lets every request get its answer, and resolves when the last connection is gone; after
   * `graceMs` it cuts off what is left. Whether answers say `Connection: close` is the application's: begin draining
   * before.
   */
  async close(graceMs: number): Promise<void> {
    // Close after the event loop has accepted the clients that wait: closing resets connections that are not accepted yet.
    await new Promise<void>((resolve) => setImmediate(resolve));
    const closed = new Promise<void>((resolve) => {
      // Not the http server's own close, which cuts off idle connections at once: a request may be on its way on one.
      NetServer.prototype.close.call(this.server, () => resolve());
    });
    const idle = setTimeout(() => this.closeIdle(), Math.min(LINGER_MS, graceMs));
    const late = setTimeout(() => this.server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(late);
    clearTimeout(idle);
    clearInterval(this.idleTimer);
    // Stops the timers of the http server itself. It says that it was closed already, which is so.
    this.server.close(() => undefined);
  }

  private closeIdle(): void {
    // Timers run before arrived data is read: on a busy machine a connection looks idle that has a request waiting.
    const close = (): void => void setImmediate(() => this.server.closeIdleConnections());
    close();
    this.idleTimer = setInterval(close, 50);
  }
}

/**
 * Message classes whose prototypes are the application's own. Express sets the prototype of each request and response
 * to these, which makes V8 give up its optimizations of both unless they have it already (expressjs/express#5998).
 */
function messagesOf(app: Express): { IncomingMessage: typeof IncomingMessage; ServerResponse: typeof ServerResponse } {
  class AppRequest extends IncomingMessage {}
  class AppResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {}
  Object.setPrototypeOf(AppRequest.prototype, app.request);
  Object.setPrototypeOf(AppResponse.prototype, app.response);
  Object.assign(app, { request: AppRequest.prototype, response: AppResponse.prototype });
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}
