import type { FeedCursor } from '../feed/cursor';
import type { ChangeType } from '../feed/store';

/** A place in the feed from which deliveries to one webhook are made. The course without an end follows new events. */
export interface Course {
  readonly webhookId: string;
  readonly types: ReadonlySet<ChangeType>;
  /** Events before this place are already stored as deliveries. */
  readonly cursor: FeedCursor;
  /** Set for a replay: the last place that it covers. */
  readonly until?: FeedCursor;
}

/** An event to deliver to a webhook. The place after the event names it. */
export interface NewDelivery {
  readonly cursor: FeedCursor;
  readonly type: ChangeType;
  /** The bytes that are signed and sent, as text. */
  readonly body: string;
}

/** One step of a course: the deliveries for a part of the feed, and the next place. No next place: the replay is over. */
export interface Step {
  readonly deliveries: readonly NewDelivery[];
  readonly next: FeedCursor | undefined;
}

/** The dispatcher's part of the store. Throws as the reads do. */
export interface CourseStore {
  /** The courses of webhooks that are enabled and have fewer than `pendingMax` undelivered deliveries. */
  courses(pendingMax: number): Promise<readonly Course[]>;
  /**
   * Writes deliveries and moves the course, in one statement, if the course is still at its place. Resolves to whether
   * it was. A delivery that exists already is made again.
   */
  advance(course: Course, step: Step): Promise<boolean>;
  /** The feed has lost the place of the course. The course goes on at `next`, and the webhook shows the gap. Fenced as {@link advance}. */
  skip(course: Course, next: FeedCursor): Promise<boolean>;
}

/** One attempt, leased to this process. */
export interface ClaimedDelivery extends NewDelivery {
  readonly webhookId: string;
  readonly url: string;
  readonly secrets: readonly StoredSecret[];
  /** Includes this attempt. */
  readonly attempts: number;
  /** Names the attempt. */
  readonly claim: string;
}

/** What a secret is derived from. */
export interface StoredSecret {
  readonly nonce: Buffer;
  readonly keyId: string;
}

/** The outcome of an attempt. */
export interface Attempted {
  /** The status of the answer; undefined when there was no answer. */
  readonly status?: number;
  readonly ms: number;
  /** Why the attempt failed, as one line of text for people. */
  readonly error?: string;
  /** The pause that the receiver asked for. */
  readonly retryAfterMs?: number;
  /** The receiver wants no more deliveries (410). */
  readonly isGone?: boolean;
}

/** An attempt that has ended. `waitMs` is set when it failed: the next attempt comes after this wait. */
export interface EndedAttempt {
  readonly delivery: ClaimedDelivery;
  readonly attempted: Attempted;
  readonly waitMs?: number;
}

/** The part of the store for delivery. Every instant is of the database's clock. */
export interface DeliveryStore {
  /** Webhooks that have deliveries due. */
  due(): Promise<readonly string[]>;
  /**
   * Claims up to `limit` due deliveries for `leaseMs`, the longest overdue first. After that they are due again. Claims
   * none while the webhook is disabled.
   */
  claim(webhookId: string, limit: number, leaseMs: number): Promise<readonly ClaimedDelivery[]>;
  /**
   * Stores the outcomes of attempts of one webhook. Ignores an attempt that was taken for lost. Disables the webhook
   * when it has failed for `disableAfterMs` without a success in between, or is gone. Resolves to whether this call
   * disabled it.
   */
  end(webhookId: string, ended: readonly EndedAttempt[], disableAfterMs: number): Promise<boolean>;
}
