import type { FeedCursor } from '../feed/cursor';
import type { ChangeType } from '../feed/store';

/** A place in the feed from which deliveries to one webhook are made. The one without an end follows what is new. */
export interface Course {
  readonly webhookId: string;
  readonly types: ReadonlySet<ChangeType>;
  /** What comes before it is written down as deliveries. */
  readonly cursor: FeedCursor;
  /** Of a replay: the last place that it goes to. */
  readonly until?: FeedCursor;
}

/** An event that a webhook is to be told of: the place after it names it. */
export interface NewDelivery {
  readonly cursor: FeedCursor;
  readonly type: ChangeType;
  /** The bytes that are signed and sent, as text. */
  readonly body: string;
}

/** What becomes of a course: the deliveries of a part of the feed, and where it goes on; nowhere when the replay is over. */
export interface Step {
  readonly deliveries: readonly NewDelivery[];
  readonly next: FeedCursor | undefined;
}

/** The dispatcher's side of the store. Throws as the reads do. */
export interface CourseStore {
  /** Those of webhooks that are enabled and have fewer than `pendingMax` deliveries to be made. */
  courses(pendingMax: number): Promise<readonly Course[]>;
  /**
   * Writes deliveries down and moves the course, in one statement, if the course is still where it was. Resolves to whether it was.
   * A delivery that there is already is to be made again.
   */
  advance(course: Course, step: Step): Promise<boolean>;
  /** The feed has lost the place of the course: it goes on at `next`, and the webhook tells so. Fenced as {@link advance}. */
  skip(course: Course, next: FeedCursor): Promise<boolean>;
}

/** One attempt, which this process has to itself until its lease ends. */
export interface ClaimedDelivery extends NewDelivery {
  readonly webhookId: string;
  readonly url: string;
  readonly secrets: readonly StoredSecret[];
  /** This one counts. */
  readonly attempts: number;
  /** Names the attempt. */
  readonly claim: string;
}

/** What a secret is made of. */
export interface StoredSecret {
  readonly nonce: Buffer;
  readonly keyId: string;
}

/** What an attempt came to. */
export interface Attempted {
  /** Of the answer; none when there was none. */
  readonly status?: number;
  readonly ms: number;
  /** Why it did not succeed, for people, of one line. */
  readonly error?: string;
  /** For how long the receiver asked to be left alone. */
  readonly retryAfterMs?: number;
  /** The receiver wants no more (410). */
  readonly isGone?: boolean;
}

/** An attempt that has ended. `waitMs` is there when it failed: then it is tried again. */
export interface EndedAttempt {
  readonly delivery: ClaimedDelivery;
  readonly attempted: Attempted;
  readonly waitMs?: number;
}

/** The side of the store that delivers. Every instant is of the database's clock. */
export interface DeliveryStore {
  /** Webhooks that have deliveries that are due. */
  due(): Promise<readonly string[]>;
  /** Takes up to `limit` deliveries that are due, the longest due first, for `leaseMs`: then they are due again. None while it is disabled. */
  claim(webhookId: string, limit: number, leaseMs: number): Promise<readonly ClaimedDelivery[]>;
  /**
   * Writes down what attempts of one webhook came to; what was taken for lost is ignored. Disables the webhook when it has failed for
   * `disableAfterMs` without a success in between, or is gone. Resolves to whether this disabled it.
   */
  end(webhookId: string, ended: readonly EndedAttempt[], disableAfterMs: number): Promise<boolean>;
}
