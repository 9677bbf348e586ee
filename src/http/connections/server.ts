import { createServer, IncomingMessage, type OutgoingHttpHeaders, type Server, ServerResponse } from 'node:http';
import { type AddressInfo, Server as NetServer, type Socket } from 'node:net';
import type { Express } from 'express';
import { answerUnreadable } from '../answers/unreadable';
import { makeRoom } from './makeRoom';
import { closeSilent } from './silentConnections';

export interface ServerLimits {
  /** Milliseconds within which the headers of a request must arrive. */
  readonly headersTimeoutMs: number;
  /** Milliseconds within which a whole request must arrive. */
  readonly requestTimeoutMs: number;
  /** Milliseconds that a connection may be idle between two requests. */
  readonly keepAliveTimeoutMs: number;
  readonly headerBytesMax: number;
  /** The most open connections. At the limit, idle ones are closed; one more is closed at once. */
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
 * How long an idle connection stays open after listening has stopped. The head of its last answer is older than that. A
 * client that is about to send on it gets an answer that announces the close, instead of a reset.
 */
const LINGER_MS = 500;

/**
 * Connections that the kernel keeps until the process accepts them, if `net.core.somaxconn` allows as many. Node asks for
 * 511. When clients come in a burst and the queue is full, the kernel drops the last packet of a handshake, and the
 * client waits for a second until the kernel repeats its own.
 */
const BACKLOG = 4_096;

/** The application on a socket. Starts and stops once. */
export class HttpServer {
  private idleTimer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly server: Server,
    private readonly closing: Closing,
  ) {}

  static create(app: Express, limits: ServerLimits = DEFAULT_SERVER_LIMITS): HttpServer {
    const closing = { begun: false };
    const server = createServer(
      {
        ...messagesOf(app, closing),
        headersTimeout: limits.headersTimeoutMs,
        requestTimeout: limits.requestTimeoutMs,
        connectionsCheckingInterval: Math.min(1000, limits.headersTimeoutMs),
        keepAliveTimeout: limits.keepAliveTimeoutMs,
        maxHeaderSize: limits.headerBytesMax,
        // The application answers a missing Host header, with a body that names the fault.
        requireHostHeader: false,
      },
      app,
    );
    server.maxConnections = limits.connectionsMax;
    makeRoom(server, limits.connectionsMax);
    server.on('clientError', answerUnreadable);
    server.on('checkExpectation', (request, response) => server.emit('request', request, response));
    // Wait longer than node's own timeout, which answers clients that sent part of a request.
    closeSilent(server, limits.headersTimeoutMs + 2000, Math.ceil(limits.connectionsMax / 2));
    return new HttpServer(server, closing);
  }

  /** Resolves with the address it listens on; port 0 takes any free port. Rejects when it cannot listen. */
  listen(host: string, port: number): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen({ host, port, backlog: BACKLOG }, () => {
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
   * Stops accepting at once, lets every request get its answer, and resolves when the last connection is closed. Cuts
   * off remaining connections after `graceMs`. From now on the last answer on each connection says `Connection: close`,
   * unless its head is written already.
   */
  async close(graceMs: number): Promise<void> {
    this.closing.begun = true;
    // Close after the event loop has accepted the waiting clients: closing resets connections that are not accepted
    // yet.
    await new Promise<void>((resolve) => setImmediate(resolve));
    const closed = new Promise<void>((resolve) => {
      // Not the http server's own close: that cuts off idle connections at once, and a request may be on its way on
      // one.
      NetServer.prototype.close.call(this.server, () => resolve());
    });
    const idle = setTimeout(() => this.closeIdle(), Math.min(LINGER_MS, graceMs));
    const late = setTimeout(() => this.server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(late);
    clearTimeout(idle);
    clearInterval(this.idleTimer);
    // Stops the http server's own timers. It reports that the server was already closed, which is true.
    this.server.close(() => undefined);
  }

  private closeIdle(): void {
    // Timers run before arrived data is read: on a busy machine a connection with a waiting request looks idle.
    const close = (): void => void setImmediate(() => this.server.closeIdleConnections());
    close();
    this.idleTimer = setInterval(close, 50);
  }
}

interface Closing {
  begun: boolean;
}

/**
 * Message classes whose prototypes are the application's own. Express sets the prototype of each request and response
 * to these. If a message does not have that prototype already, V8 gives up its optimizations of both
 * (expressjs/express#5998).
 */
function messagesOf(
  app: Express,
  closing: Closing,
): { IncomingMessage: typeof IncomingMessage; ServerResponse: typeof ServerResponse } {
  /** The last request of each connection. A client may send several before the first is answered. */
  const last = new WeakMap<Socket, IncomingMessage>();
  class AppRequest extends IncomingMessage {
    constructor(socket: Socket) {
      super(socket);
      last.set(socket, this);
    }
  }
  class AppResponse<Request extends IncomingMessage = IncomingMessage> extends ServerResponse<Request> {
    /**
     * Decides as late as the head is written, because the request may have arrived before the server began to close. Node
     * closes the connection after an answer that announces it, so answers to earlier requests do not.
     */
    override writeHead(status: number, ...rest: unknown[]): this {
      if (closing.begun && last.get(this.req.socket) === this.req) this.shouldKeepAlive = false;
      return super.writeHead(status, ...(rest as [OutgoingHttpHeaders?]));
    }
  }
  Object.setPrototypeOf(AppRequest.prototype, app.request);
  Object.setPrototypeOf(AppResponse.prototype, app.response);
  Object.assign(app, { request: AppRequest.prototype, response: AppResponse.prototype });
  return { IncomingMessage: AppRequest, ServerResponse: AppResponse };
}
