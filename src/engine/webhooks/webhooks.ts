import type { FeedCursor } from '../feed/cursor';
import type { ChangeType } from '../feed/store';
import type { Page } from '../reads';

/** The most webhooks. */
export const WEBHOOKS_MAX = 100;
/** The most secrets that sign at the same time: the newest, and the ones that it replaced. */
export const SECRETS_MAX = 5;

/** An address that receives events. Instants in ISO 8601, of the database's clock. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly types: readonly ChangeType[];
  readonly createdAt: string;
  readonly createdBy?: string;
  /** The first failed attempt since the last success. */
  readonly failingSince?: string;
  readonly disabledAt?: string;
  /** When the dispatcher found that the feed had lost events for this webhook. */
  readonly gapAt?: string;
  /** Newest first. */
  readonly secrets: readonly { readonly madeAt: string; readonly endsAt?: string }[];
  /** Deliveries that are stored and not yet made. */
  readonly pending: number;
  /** When the oldest event of the pending deliveries happened. */
  readonly oldestPendingAt?: string;
  /** The replay in progress: its place, and the place where it ends. */
  readonly replay?: { readonly cursor: FeedCursor; readonly until: FeedCursor };
}

/** The attempts to deliver one event to a webhook. */
export interface DeliveryRecord {
  /** Names the event: the place after it. */
  readonly cursor: FeedCursor;
  readonly type: ChangeType;
  readonly attempts: number;
  readonly attemptedAt?: string;
  /** The status of the last answer, of the last attempt that ended. */
  readonly answerStatus?: number;
  readonly answerMs?: number;
  readonly error?: string;
  readonly deliveredAt?: string;
  readonly nextAttemptAt?: string;
}

export interface DeliveryFilter {
  readonly status?: 'pending' | 'delivered' | undefined;
}

export interface NewWebhook {
  readonly url: string;
  readonly types: readonly ChangeType[];
  readonly createdBy?: string;
}

/** The calls of operators of webhooks. Throws as the reads do. */
export interface Webhooks {
  /** Makes a webhook that follows the feed from `from`. Resolves to undefined when there are {@link WEBHOOKS_MAX} already. */
  create(webhook: NewWebhook, from: FeedCursor): Promise<WithSecret | undefined>;
  list(): Promise<readonly Webhook[]>;
  get(id: string): Promise<Webhook | undefined>;
  /** Resolves to whether the webhook existed. */
  remove(id: string): Promise<boolean>;
  /** Makes a secret. The earlier secrets sign for `graceMs` longer. */
  rotate(id: string, graceMs: number): Promise<WithSecret | undefined>;
  /** Enables a disabled webhook. Undelivered events are due at once. */
  enable(id: string): Promise<Webhook | undefined>;
  /** Newest event first; undefined when there is no such webhook. */
  deliveries(
    id: string,
    filter: DeliveryFilter,
    limit: number,
    before?: FeedCursor,
  ): Promise<Page<DeliveryRecord, FeedCursor> | undefined>;
  /** Goes through the feed again, from the place after `after` up to `until`. */
  replay(id: string, after: FeedCursor, until: FeedCursor): Promise<'begun' | 'under-way' | 'no-webhook'>;
}

/** A webhook, and the secret that this call made. The secret is returned only this once. */
export interface WithSecret {
  readonly webhook: Webhook;
  readonly secret: string;
}

/** For monitoring. */
export interface WebhookHealth {
  readonly enabled: number;
  readonly disabled: number;
  /** Undelivered deliveries of enabled webhooks. */
  readonly pending: number;
  /** How long the oldest undelivered event of an enabled webhook has waited; 0 when there is none. */
  readonly oldestSeconds: number;
}
