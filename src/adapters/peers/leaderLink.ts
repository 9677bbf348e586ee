import type { HandedOver, HandOver } from '../../engine/handOver';
import type { Log } from '../../engine/log';
import { workHandedOver } from '../../engine/telemetry';
import { type LeaderAddress, LeaderConnection } from './leaderConnection';
import type { WorkKind, Works } from './messages';

export interface LeaderLinkOptions {
  readonly secret: string;
  readonly version: string;
  /** Whether this process leads. */
  readonly leads: () => boolean;
  /** The last leader of this database, as it published itself; undefined if there was none. It may be dead. */
  readonly find: () => Promise<LeaderAddress | undefined>;
}

/** Keeps a connection to the process that leads, while that is another one. */
export class LeaderLink<Q, R> {
  private connection: LeaderConnection | undefined;
  /** The process at the other end, or the one that could not be reached. */
  private leader: LeaderAddress | undefined;
  private isMissed = false;
  private closed = false;

  constructor(
    private readonly options: LeaderLinkOptions,
    private readonly log: Log,
  ) {}

  /**
   * Connects to the process that leads now, and leaves any other. Call it repeatedly. Rejects when the database does not
   * tell who leads.
   */
  async check(): Promise<void> {
    const address = this.options.leads() ? undefined : await this.options.find();
    if (this.connection?.isOpen && address?.id === this.leader?.id) return;
    this.end();
    if (address && !this.closed) await this.connect(address);
  }

  /** Gives what a process hands over with `kind` to the leader. */
  handOver<Kind extends WorkKind>(kind: Kind): HandOver<Works<Q, R>[Kind]['work'], Works<Q, R>[Kind]['answer']> {
    return (work) => {
      if (!this.connection?.isOpen || this.options.leads()) return undefined;
      return ask(this.connection, kind, work) as Promise<HandedOver<Works<Q, R>[Kind]['answer']>>;
    };
  }

  close(): void {
    this.closed = true;
    this.end();
  }

  private async connect(address: LeaderAddress): Promise<void> {
    const { secret, version } = this.options;
    const isLogged = address.id === this.leader?.id;
    this.leader = address;
    try {
      const connection = await LeaderConnection.connect(address, secret, version);
      if (this.closed) return connection.end();
      this.connection = connection;
      if (!isLogged || this.isMissed)
        this.log.info({ leader: address }, 'this process hands new work over to the one that leads');
      this.isMissed = false;
    } catch (error) {
      if (!isLogged || !this.isMissed)
        this.log.warn({ err: error, leader: address }, 'the process that leads cannot be reached');
      this.isMissed = true;
    }
  }

  private end(): void {
    this.connection?.end();
    this.connection = undefined;
  }
}

async function ask(connection: LeaderConnection, kind: WorkKind, work: unknown): Promise<HandedOver<unknown>> {
  try {
    const handed = await connection.ask(kind, work);
    workHandedOver.tell(() => ({ result: handed.kind }));
    return handed;
  } catch (error) {
    workHandedOver.tell(() => ({ result: 'failed' }));
    throw error;
  }
}
