import { Agent, type Dispatcher } from 'undici';
import type { CallableAddresses } from './addresses';

export interface ConnectionOptions {
  readonly connectTimeoutMs: number;
  /** The most connections of one webhook. */
  readonly connectionsMax: number;
}

/** After this time without an attempt, a webhook's connections are closed. */
const IDLE_MS = 10_000;

interface Connections {
  readonly agent: Agent;
  attempting: number;
  idle: NodeJS.Timeout | undefined;
}

/**
 * Keep-alive connections, separate for each webhook. undici limits connections by origin, and a request that waits for
 * one uses up its own timeout. So a webhook that never answers takes no connection of another webhook on the same
 * origin.
 */
export class WebhookConnections {
  private readonly byWebhook = new Map<string, Connections>();

  constructor(
    private readonly addresses: CallableAddresses,
    private readonly options: ConnectionOptions,
  ) {}

  async use<T>(webhookId: string, attempt: (dispatcher: Dispatcher) => Promise<T>): Promise<T> {
    const connections = this.byWebhook.get(webhookId) ?? this.open();
    this.byWebhook.set(webhookId, connections);
    clearTimeout(connections.idle);
    connections.attempting += 1;
    try {
      return await attempt(connections.agent);
    } finally {
      connections.attempting -= 1;
      if (connections.attempting === 0) this.closeLater(webhookId, connections);
    }
  }

  /** Cuts off the attempts in flight. */
  async close(): Promise<void> {
    const all = [...this.byWebhook.values()];
    this.byWebhook.clear();
    for (const { idle } of all) clearTimeout(idle);
    await Promise.all(all.map(({ agent }) => agent.destroy()));
  }

  private open(): Connections {
    const { connectionsMax, connectTimeoutMs } = this.options;
    const agent = new Agent({
      connections: connectionsMax,
      pipelining: 1,
      connect: { timeout: connectTimeoutMs, rejectUnauthorized: true, lookup: this.addresses.lookup },
    });
    return { agent, attempting: 0, idle: undefined };
  }

  private closeLater(webhookId: string, connections: Connections): void {
    const close = (): void => {
      if (this.byWebhook.get(webhookId) === connections) this.byWebhook.delete(webhookId);
      void connections.agent.destroy();
    };
    connections.idle = setTimeout(close, IDLE_MS).unref();
  }
}
