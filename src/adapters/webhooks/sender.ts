import type { Attempted, ClaimedDelivery } from '../../engine/webhooks/store';
import { exchange } from '../calls/exchange';
import { whyOf } from '../calls/failures';
import { retryAfterMs } from '../calls/retryAfter';
import { Signer } from '../calls/signature';
import type { CallableAddresses } from './addresses';
import { WebhookConnections } from './connections';
import type { WebhookSecrets } from './secrets';

export interface SenderOptions {
  /** From the start of an attempt to the end of its answer. */
  readonly timeoutMs: number;
  /** The most connections of one webhook. */
  readonly connectionsMax: number;
}

/** A receiver that answers this wants no more deliveries (Standard Webhooks). */
const GONE = 410;

/** Makes attempts: one signed POST each. Follows no redirect. */
export class WebhookSender {
  private readonly connections: WebhookConnections;

  /** `nowMs` is the time of day in milliseconds: signatures carry it, and the receiver compares it with its own. */
  constructor(
    private readonly addresses: CallableAddresses,
    private readonly secrets: WebhookSecrets,
    private readonly nowMs: () => number,
    private readonly options: SenderOptions,
  ) {
    this.connections = new WebhookConnections(addresses, {
      connectTimeoutMs: options.timeoutMs,
      connectionsMax: options.connectionsMax,
    });
  }

  /** Never rejects. */
  async send(delivery: ClaimedDelivery): Promise<Attempted> {
    const began = performance.now();
    const answered = await this.attempt(delivery);
    return { ...answered, ms: performance.now() - began };
  }

  /** Cuts off the attempts in flight. */
  close(): Promise<void> {
    return this.connections.close();
  }

  private async attempt(delivery: ClaimedDelivery): Promise<Omit<Attempted, 'ms'>> {
    const { webhookId, url, body } = delivery;
    const signer = this.signerOf(delivery);
    if (!signer) return { error: 'not sent: no key in WEBHOOK_KEYS is the one that its secret was made with' };
    const { timeoutMs } = this.options;
    const { origin, pathname, search } = new URL(url);
    try {
      this.addresses.expectAllowed(url);
      const headers = { ...signer.sign(body, this.nowMs(), messageId(delivery)), 'user-agent': 'tandem' };
      const request = { method: 'POST', origin, path: pathname + search, headers, body, timeoutMs } as const;
      const { status, retryAfter } = await this.connections.use(webhookId, (dispatcher) =>
        exchange(dispatcher, request),
      );
      if (status >= 200 && status < 300) return { status };
      const askedMs = retryAfterMs(retryAfter, this.nowMs());
      const asked = askedMs === undefined ? {} : { retryAfterMs: askedMs };
      return { status, error: `answered ${status}`, isGone: status === GONE, ...asked };
    } catch (error) {
      return { error: whyOf(error, timeoutMs) };
    }
  }

  /** Skips a secret that cannot be derived: the receiver has all valid secrets. */
  private signerOf({ secrets }: ClaimedDelivery): Signer | undefined {
    const known = secrets.flatMap((stored) => this.secrets.secretOf(stored) ?? []);
    return known.length > 0 ? new Signer(known) : undefined;
  }
}

/** The same for every attempt to deliver one event to a webhook, and different for every other event. */
function messageId({ cursor: { position, count, atMs } }: ClaimedDelivery): string {
  return `evt_${position}-${count}-${atMs}`;
}
