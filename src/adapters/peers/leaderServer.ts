import type { AddressInfo } from 'node:net';
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
  /** Only processes of the same version understand each other's work. */
  readonly version: string;
  /** Work of all other processes that may be in progress. More is answered as an overload. */
  readonly inFlightMax: number;
  readonly leads: () => boolean;
  readonly handlers: Handlers<Q, R>;
}

/** A sign of life goes to each connection this often: a peer gives a silent leader up. */
const LIFE_EVERY_MS = 300;
const CONNECTIONS_MAX = 256;
const TOLD_AGAIN_MS = 60_000;

/** Takes work of the processes that do not lead, while this one leads. */
export class LeaderServer<Q, R> {
  private readonly server: Server;
  private readonly connections = new Map<TLSSocket, Items>();
  private readonly life: NodeJS.Timeout;
  private inFlight = 0;
  private refusedAtMs = Number.NEGATIVE_INFINITY;
  private closing = false;
  private drained: () => void = () => undefined;

  private constructor(
    private readonly options: LeaderServerOptions<Q, R>,
    private readonly log: Log,
  ) {
    this.server = createServer({ ...serverSecurity(options.secret), noDelay: true }, (socket) => this.accept(socket));
    this.server.maxConnections = CONNECTIONS_MAX;
    this.server.on('tlsClientError', (error, socket) => this.refused(error, socket.remoteAddress));
    this.life = setInterval(() => this.showLife(), LIFE_EVERY_MS);
  }

  /** Rejects when it cannot listen. */
  static listen<Q, R>(options: LeaderServerOptions<Q, R>, log: Log): Promise<LeaderServer<Q, R>> {
    const started = new LeaderServer(options, log);
    return new Promise((resolve, reject) => {
      const failed = (error: Error): void => {
        clearInterval(started.life);
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
    clearInterval(this.life);
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    if (this.inFlight > 0) {
      await new Promise<void>((resolve) => {
        this.drained = resolve;
      });
    }
    // After the last answers, which go out at the end of this turn of the event loop.
    setImmediate(() => {
      for (const socket of this.connections.keys()) socket.end();
    });
    await closed;
  }

  private accept(socket: TLSSocket): void {
    const items = new Items(socket, (asks) => {
      // A process that wakes up finds in one turn what it was asked, and that the other side has given it up since.
      setImmediate(() => {
        if (socket.destroyed || socket.readableEnded) return;
        for (const ask of asks as Ask[]) void this.answer(items, ask);
      });
    });
    this.connections.set(socket, items);
    socket.on('error', (error) => this.log.debug({ err: error }, 'a connection of a peer failed'));
    socket.on('close', () => this.connections.delete(socket));
    const hello: Hello = { version: this.options.version, leads: this.takesWork };
    items.send(hello);
  }

  /** A process with another secret comes again and again: one line a minute tells it. */
  private refused(error: Error, from: string | undefined): void {
    const nowMs = performance.now();
    if (nowMs - this.refusedAtMs < TOLD_AGAIN_MS) return;
    this.refusedAtMs = nowMs;
    this.log.warn({ err: error, from }, 'a connection to the port for peers was refused');
  }

  private get takesWork(): boolean {
    return !this.closing && this.options.leads();
  }

  private async answer(items: Items, { n, kind, work }: Ask): Promise<void> {
    this.inFlight += 1;
    const reply: Reply = { n, result: await this.resultOf(kind, work) };
    items.send(reply);
    this.inFlight -= 1;
    if (this.inFlight === 0) this.drained();
  }

  private async resultOf(kind: Ask['kind'], work: unknown): Promise<Result> {
    const { inFlightMax, handlers } = this.options;
    if (!this.takesWork) return DECLINED;
    if (this.inFlight > inFlightMax) return { kind: 'overloaded', message: 'The leader has too much work in progress' };
    try {
      const handle = handlers[kind] as (work: unknown) => Promise<unknown>;
      return { kind: 'answered', answer: await handle(work) };
    } catch (error) {
      const result = resultOf(error);
      if (result.kind === 'failed') this.log.error({ err: error }, 'work of another process failed');
      return result;
    }
  }

  private showLife(): void {
    for (const [socket, items] of this.connections) {
      // A process that lost the lead sends its peers to the new leader, after what it still answers.
      if (this.takesWork || this.inFlight > 0) items.showLife();
      else socket.end();
    }
  }
}
