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
  /** Where the leader says that it is; undefined while none has said so. A hint: it may be out of date, or wrong. */
  readonly find: () => Promise<LeaderAddress | undefined>;
}

/** Keeps a connection to the process that leads, while that is another one. */
export class LeaderLink<Q, R> {
  private connection: LeaderConnection | undefined;
  private isMissed = false;
  private closed = false;

  constructor(
    private readonly options: LeaderLinkOptions,
    private readonly log: Log,
  ) {}

  /** Opens a connection where there is none. Call it repeatedly. Rejects when the address cannot be read. */
  async check(): Promise<void> {
    const { leads, find, secret, version } = this.options;
    if (leads()) return this.end();
    if (this.connection?.isOpen) return;
    this.connection = undefined;
    const address = await find();
    if (!address) return;
    try {
      const connection = await LeaderConnection.connect(address, secret, version);
      if (this.closed) return connection.end();
      this.connection = connection;
      this.isMissed = false;
      this.log.info({ leader: address }, 'this process hands new work over to the one that leads');
    } catch (error) {
      if (!this.isMissed) this.log.warn({ err: error, leader: address }, 'the process that leads cannot be reached');
      this.isMissed = true;
    }
  }

  handOver<Kind extends WorkKind>(kind: Kind): HandOver<Works<Q, R>[Kind]['work'], Works<Q, R>[Kind]['answer']> {
    return (work) => {
      if (!this.connection?.isOpen || this.options.leads()) return undefined;
      return this.ask(this.connection, kind, work);
    };
  }

  private async ask<Kind extends WorkKind>(
    connection: LeaderConnection,
    kind: Kind,
    work: Works<Q, R>[Kind]['work'],
  ): Promise<HandedOver<Works<Q, R>[Kind]['answer']>> {
    const handed = (await connection.ask(kind, work)) as HandedOver<Works<Q, R>[Kind]['answer']>;
    workHandedOver.tell(() => ({ result: handed.kind }));
    return handed;
  }

  close(): void {
    this.closed = true;
    this.end();
  }

  private end(): void {
    this.connection?.end();
    this.connection = undefined;
  }
}
