import type { FeedCursor } from '../feed/cursor';
import type { ChangeType } from '../feed/store';
import type { Page } from '../reads';

/** Webhooks that there may be. */
export const WEBHOOKS_MAX = 100;
/** Secrets that sign at once: the newest, and those that it took the place of. */
export const SECRETS_MAX = 5;

/** An address that is told of events. Instants in ISO 8601 of the database's clock. */
export interface Webhook {
  readonly id: string;
  readonly url: string;
  readonly types: readonly ChangeType[];
  readonly createdAt: string;
  readonly createdBy?: string;
  /** The first attempt that failed since one succeeded. */
  readonly failingSince?: string;
  readonly disabledAt?: string;
  /** When the feed was found to have lost events that it was to be told of. */
  readonly gapAt?: string;
  /** The newest first. */
  readonly secrets: readonly { readonly madeAt: string; readonly endsAt?: string }[];
  /** Deliveries that are written down and to be made. */
  readonly pending: number;
  /** When the oldest event of them happened. */
  readonly oldestPendingAt?: string;
  /** Of the replay that is under way: how far it is, and how far it goes. */
  readonly replay?: { readonly cursor: FeedCursor; readonly until: FeedCursor };
}

/** What was tried to tell a webhook of one event. */
export interface DeliveryRecord {
  /** The event: the place after it. */
  readonly cursor: FeedCursor;
  readonly type: ChangeType;
  readonly attempts: number;
  readonly attemptedAt?: string;
  /** Of the last attempt that ended. */
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

/** What those who operate webhooks call. Throws as the reads do. */
export interface Webhooks {
  /** Follows what comes after `from`. Undefined when there are as many as there may be. */
  create(webhook: NewWebhook, from: FeedCursor): Promise<WithSecret | undefined>;
  list(): Promise<readonly Webhook[]>;
  get(id: string): Promise<Webhook | undefined>;
  /** Resolves to whether it was there. */
  remove(id: string): Promise<boolean>;
  /** Makes a secret; those before it sign for `graceMs` longer. */
  rotate(id: string, graceMs: number): Promise<WithSecret | undefined>;
  /** Begins again with one that was disabled; what is undelivered is due at once. */
  enable(id: string): Promise<Webhook | undefined>;
  /** The newest event first; none when there is no such webhook. */
  deliveries(
    id: string,
    filter: DeliveryFilter,
    limit: number,
    before?: FeedCursor,
  ): Promise<Page<DeliveryRecord, FeedCursor> | undefined>;
  /** Goes through the feed once more, after `after` and as far as `until`. */
  replay(id: string, after: FeedCursor, until: FeedCursor): Promise<'begun' | 'under-way' | 'no-webhook'>;
}

/** A webhook and the secret that was made with this call: it is told this once. */
export interface WithSecret {
  readonly webhook: Webhook;
  readonly secret: string;
}

/** For those who watch. */
export interface WebhookHealth {
  readonly enabled: number;
  readonly disabled: number;
  /** Deliveries of enabled webhooks that are to be made. */
  readonly pending: number;
  /** How long the oldest event waits that an enabled webhook is to be told of; 0 when there is none. */
  readonly oldestSeconds: number;
}
