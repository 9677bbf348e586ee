import { connect, type TLSSocket } from 'node:tls';
import type { HandedOver } from '../../engine/handOver';
import { Items } from './items';
import { type Ask, DECLINED, type Hello, handedOver, type Reply, type Result, type WorkKind } from './messages';
import { clientSecurity } from './security';

/** What is known of the process that leads. */
export interface LeaderAddress {
  /** The same as in its hello. */
  readonly id: string;
  readonly host: string;
  readonly port: number;
}

const CONNECT_MS = 1_000;
/** A process closes its connection to a leader from which it has heard nothing for this long. */
const SILENT_MAX_MS = 2_000;

interface Asked {
  readonly resolve: (handed: HandedOver<unknown>) => void;
  readonly reject: (error: unknown) => void;
}

/** A connection to the process that leads. It ends once, and is not opened again. */
export class LeaderConnection {
  private readonly inFlight = new Map<number, Asked>();
  private readonly items: Items;
  private readonly watch: NodeJS.Timeout;
  private heardAtMs = performance.now();
  private last = 0;
  private open = true;
  /** Called once, with the first item. */
  private onHello: ((hello: Hello) => void) | undefined;

  private constructor(private readonly socket: TLSSocket) {
    this.items = new Items(socket, (items) => this.heard(items));
    socket.on('data', () => {
      this.heardAtMs = performance.now();
    });
    this.watch = setInterval(() => {
      if (!this.isSilent) return;
      // This process may have been paused itself. It reads what has arrived before it decides.
      setImmediate(() => {
        if (this.isSilent) socket.destroy();
      });
    }, SILENT_MAX_MS / 4);
    socket.on('end', () => socket.destroy());
    socket.on('close', () => this.closed());
  }

  /**
   * Rejects if no process answers, or if the process that answers has another id, secret or version, or does not lead.
   */
  static connect({ id, host, port }: LeaderAddress, secret: string, version: string): Promise<LeaderConnection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port, ...clientSecurity(secret) });
      socket.setNoDelay(true);
      const connection = new LeaderConnection(socket);
      const refuse = (why: Error): void => {
        socket.destroy();
        reject(why);
      };
      const late = setTimeout(() => refuse(new Error(`no answer within ${CONNECT_MS} ms`)), CONNECT_MS);
      socket.on('error', refuse);
      socket.on('close', () => {
        clearTimeout(late);
        reject(new Error('the connection was closed'));
      });
      connection.onHello = (hello) => {
        clearTimeout(late);
        // TLS 1.3 counts a key that both sides know as a session that is reused.
        if (!socket.authorized || !socket.isSessionReused()) refuse(new Error('it does not know the secret'));
        else if (hello.id !== id) refuse(new Error('another process answers there'));
        else if (hello.version !== version) refuse(new Error(`it is another version, ${hello.version}`));
        else if (!hello.leads) refuse(new Error('it does not lead'));
        else resolve(connection);
      };
    });
  }

  private get isSilent(): boolean {
    return performance.now() - this.heardAtMs > SILENT_MAX_MS;
  }

  get isOpen(): boolean {
    return this.open;
  }

  /** Resolves with `lost` when the connection ends before the answer. Rejects with an error of the leader. */
  ask(kind: WorkKind, work: unknown): Promise<HandedOver<unknown>> {
    if (!this.open) return Promise.resolve(DECLINED);
    this.last += 1;
    const ask: Ask = { n: this.last, kind, work };
    return new Promise((resolve, reject) => {
      this.inFlight.set(ask.n, { resolve, reject });
      this.items.send(ask);
    });
  }

  end(): void {
    this.socket.destroy();
  }

  private heard(items: readonly unknown[]): void {
    for (const item of items) {
      if (this.onHello) {
        this.onHello(item as Hello);
        this.onHello = undefined;
      } else this.answered(item as Reply);
    }
  }

  private answered({ n, result }: Reply): void {
    const asked = this.inFlight.get(n);
    this.inFlight.delete(n);
    if (asked) settle(asked, result);
  }

  private closed(): void {
    this.open = false;
    clearInterval(this.watch);
    for (const { resolve } of this.inFlight.values()) resolve({ kind: 'lost' });
    this.inFlight.clear();
  }
}

function settle({ resolve, reject }: Asked, result: Result): void {
  try {
    resolve(handedOver(result));
  } catch (error) {
    reject(error);
  }
}
