import type { AddressInfo, Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Log } from '../../engine/log';
import { Items } from './items';
import { type Ask, DECLINED, type Handlers, type Hello, type Reply, type Result, resultOf } from './messages';
import { serverSecurity } from './security';

export interface LeaderServerOptions<Q, R> {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly secret: string;
  readonly hello: Omit<Hello, 'leads'>;
  readonly leads: () => boolean;
  readonly handlers: Handlers<Q, R>;
}

const HEARTBEAT_EVERY_MS = 300;
/** A process whose heartbeat is this late was paused. Its peers may have done the work that they handed over. */
const PAUSED_MS = 1_500;
const CONNECTIONS_MAX = 256;
const WARN_EVERY_MS = 60_000;
/** How long a peer may take to close its side of a connection. */
const CLOSE_MS = 150;

/** Takes work of the processes that do not lead, while this one leads. */
export class LeaderServer<Q, R> {
  private readonly server: Server;
  private readonly connections = new Set<Items>();
  private readonly heart: NodeJS.Timeout;
  private beatAtMs = performance.now();
  private warnedAtMs = Number.NEGATIVE_INFINITY;
  private inFlight = 0;
  private closing = false;
  /** All connections, also those that are not authenticated yet. */
  private readonly sockets = new Set<Socket>();

  private constructor(
    private readonly options: LeaderServerOptions<Q, R>,
    private readonly log: Log,
  ) {
    this.server = createServer({ ...serverSecurity(options.secret), noDelay: true }, (socket) => this.accept(socket));
    this.server.maxConnections = CONNECTIONS_MAX;
    this.server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    });
    this.server.on('tlsClientError', (error, socket) => {
      // Node leaves a connection open whose handshake took too long.
      socket.destroy();
      this.warn({ err: error }, 'a connection to the port for peers was refused');
    });
    this.server.on('drop', () => {
      this.warn({ connections: CONNECTIONS_MAX }, 'the port for peers has too many connections; one more was closed');
    });
    this.heart = setInterval(() => this.beat(), HEARTBEAT_EVERY_MS);
  }

  /** Rejects when it cannot listen. */
  static listen<Q, R>(options: LeaderServerOptions<Q, R>, log: Log): Promise<LeaderServer<Q, R>> {
    const started = new LeaderServer(options, log);
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => {
        clearInterval(started.heart);
        reject(error);
      };
      started.server.once('error', failed);
      started.server.listen({ host: options.host, port: options.port }, () => {
        started.server.off('error', failed);
        started.server.on('error', (error) => log.warn({ err: error }, 'the port for peers failed'));
        resolve(started);
      });
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** Takes no more work, and resolves when all work is answered and every connection is closed. */
  async close(): Promise<void> {
    this.closing = true;
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.endIfDone();
    await closed;
    clearInterval(this.heart);
  }

  private accept(socket: TLSSocket): void {
    const items = new Items(socket, (asks) => {
      if (this.wasPaused) this.closeAll();
      else for (const ask of asks as Ask[]) void this.answer(items, ask);
    });
    this.connections.add(items);
    socket.on('error', (error) => this.log.debug({ err: error }, 'a connection of a peer failed'));
    socket.on('close', () => this.connections.delete(items));
    const hello: Hello = { ...this.options.hello, leads: this.takesWork };
    items.send(hello);
  }

  private get takesWork(): boolean {
    return !this.closing && this.options.leads();
  }

  private async answer(items: Items, { n, kind, work }: Ask): Promise<void> {
    this.inFlight += 1;
    const reply: Reply = { n, result: await this.resultOf(kind, work) };
    items.send(reply);
    this.inFlight -= 1;
    if (this.closing) this.endIfDone();
  }

  private async resultOf(kind: Ask['kind'], work: unknown): Promise<Result> {
    if (!this.takesWork) return DECLINED;
    try {
      const handle = this.options.handlers[kind] as (work: unknown) => Promise<unknown>;
      return { kind: 'answered', answer: await handle(work) };
    } catch (error) {
      const result = resultOf(error);
      if (result.kind === 'failed') this.log.error({ err: error }, 'work of another process failed');
      return result;
    }
  }

  private get wasPaused(): boolean {
    return performance.now() - this.beatAtMs > PAUSED_MS;
  }

  /** Closes all connections, so that work that was not read is not begun. */
  private closeAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private beat(): void {
    if (this.wasPaused) this.closeAll();
    this.beatAtMs = performance.now();
    this.endIfDone();
    for (const items of this.connections) items.beat();
  }

  /** A process that takes no more work closes its connections once all work is answered. */
  private endIfDone(): void {
    if (this.takesWork || this.inFlight > 0 || this.sockets.size === 0) return;
    for (const items of this.connections) items.end();
    // A paused peer closes its side late, or never.
    setTimeout(() => {
      if (!this.takesWork) this.closeAll();
    }, CLOSE_MS);
  }

  /** A process with another secret retries often. Logs at most one line a minute. */
  private warn(fields: object, message: string): void {
    const nowMs = performance.now();
    if (nowMs - this.warnedAtMs < WARN_EVERY_MS) return;
    this.warnedAtMs = nowMs;
    this.log.warn(fields, message);
  }
}
