import type { Log } from '../log';
import { compareCursors, type FeedCursor } from './cursor';
import type { FeedEvent, FeedSlice, FeedStore } from './store';
import { Tail } from './tail';
import type { Wait } from './wait';

export interface FeedOptions {
  /** How often the loop asks the database what other processes wrote, while a reader waits. */
  readonly pollMs: number;
  /** The shortest pause between two reads, however much this process writes. */
  readonly pauseMs: number;
  /** Events that stay in memory for readers that follow the feed. */
  readonly tailMax: number;
  /** The most events that one read returns. */
  readonly readMax: number;
  /** Readers that may follow or wait at the same time. */
  readonly readersMax: number;
  /** Readers of one caller, so that one caller cannot keep all others out. */
  readonly readersOfOneMax: number;
}

export const DEFAULT_FEED: FeedOptions = {
  pollMs: 250,
  pauseMs: 50,
  tailMax: 10_000,
  readMax: 500,
  readersMax: 1_000,
  readersOfOneMax: 100,
};

/** The most reads for one page. A reader that filters for a rare event gets a short page, and continues from the page's end. */
const READS_MAX = 10;
const AFTER_FAULT_MS = 1_000;

/** What one reader sees of an event, if anything. */
export type Seen<Q, R> = (event: FeedEvent<Q, R>) => FeedEvent<Q, R> | undefined;

/**
 * The feed for all readers of this process. While a reader waits, one loop reads each new event once and hands it to
 * all readers from memory. A reader that begins far back reads the database itself until it has caught up.
 */
export class Feed<Q, R> {
  private tail: Tail<Q, R> | undefined;
  private readonly waiting = new Set<() => void>();
  private readers = 0;
  /** Places by caller. */
  private readonly places = new Map<string, number>();
  private running: Promise<void> | undefined;
  private nudge: () => void = () => undefined;
  private nudged = false;
  /** How often the row that the loop read last was gone. */
  private losses = 0;
  private stopped = false;

  constructor(
    readonly store: FeedStore<Q, R>,
    private readonly log: Log,
    private readonly options: FeedOptions = DEFAULT_FEED,
  ) {}

  get hasEnded(): boolean {
    return this.stopped;
  }

  get subscribers(): number {
    return this.readers;
  }

  /**
   * Takes a place among the readers, in the name of `caller`. Without a name the place counts for no caller. Returns a
   * function that gives the place back, once. Otherwise returns the reason: all places are taken, or this caller has as
   * many as one caller may have.
   */
  enter(caller?: string): (() => void) | 'full' | 'full-for-caller' {
    const { readersMax, readersOfOneMax } = this.options;
    const own = caller === undefined ? 0 : (this.places.get(caller) ?? 0);
    if (own >= readersOfOneMax) return 'full-for-caller';
    if (this.readers >= readersMax) return 'full';
    this.count(caller, 1);
    let left = false;
    return () => {
      if (!left) this.count(caller, -1);
      left = true;
    };
  }

  /** Tells the loop that this process has written something. */
  wrote(): void {
    this.nudged = true;
    this.nudge();
  }

  /** Reads what the database holds after `cursor` now. Resolves to undefined when the feed no longer has that place. */
  read(cursor: FeedCursor): Promise<FeedSlice<Q, R> | undefined> {
    return this.store.read(cursor, this.options.readMax);
  }

  /** Reads what comes after `cursor`, and waits for it for the time that `wait` gives. Resolves to undefined as {@link read} does. */
  async after(cursor: FeedCursor, wait: Wait): Promise<FeedSlice<Q, R> | undefined> {
    for (let inVain = false; ; inVain = true) {
      const slice = this.tail?.after(cursor, this.options.readMax) ?? (await this.read(cursor));
      if (!slice || compareCursors(slice.next, cursor) !== 0 || wait.isOver || this.stopped) return slice;
      await this.news(cursor, wait, inVain);
    }
  }

  /**
   * One page: up to `limit` events, as `seen` shows them to the reader. Waits for the first event for the time that
   * `wait` gives. Resolves to undefined as {@link read} does.
   */
  async page(cursor: FeedCursor, seen: Seen<Q, R>, limit: number, wait: Wait): Promise<FeedSlice<Q, R> | undefined> {
    const events: FeedEvent<Q, R>[] = [];
    for (let reads = 1, slice = await this.read(cursor); slice; slice = await this.after(slice.next, wait)) {
      events.push(...slice.events.flatMap((event) => seen(event) ?? []));
      const last = events[limit - 1];
      if (last && events.length > limit) return { events: events.slice(0, limit), next: last.cursor, hasMore: true };
      const isEnough = slice.hasMore
        ? events.length === limit || reads >= READS_MAX
        : events.length > 0 || wait.isOver || this.stopped;
      if (isEnough) return { events, next: slice.next, hasMore: slice.hasMore };
      if (slice.hasMore) reads += 1;
    }
    return undefined;
  }

  /** Ends the wait of every reader, now and later, because the process stops. */
  end(): void {
    this.stopped = true;
    this.wake();
    this.nudge();
  }

  async stop(): Promise<void> {
    this.end();
    await this.running;
  }

  /**
   * Resolves when something comes after `cursor`, or the wait is over. After a read that returned nothing, the reader
   * pauses before it reads again: a session may have begun to hold the feed back after the tail was read.
   */
  private async news(cursor: FeedCursor, wait: Wait, inVain: boolean): Promise<void> {
    const { losses } = this;
    if (inVain && this.isBehind(cursor)) await pause(this.options.pollMs);
    while (!wait.isOver && !this.stopped && !this.isBehind(cursor) && losses === this.losses) {
      this.running ??= this.run();
      await new Promise<void>((resolve) => {
        const done = (): void => {
          this.waiting.delete(done);
          wait.whenOver = undefined;
          resolve();
        };
        this.waiting.add(done);
        wait.whenOver = done;
      });
    }
  }

  /** Whether the tail is known to have gone past `cursor`. */
  private isBehind(cursor: FeedCursor): boolean {
    return this.tail !== undefined && compareCursors(this.tail.head, cursor) > 0;
  }

  private count(caller: string | undefined, by: 1 | -1): void {
    this.readers += by;
    if (caller === undefined) return;
    const places = (this.places.get(caller) ?? 0) + by;
    if (places > 0) this.places.set(caller, places);
    else this.places.delete(caller);
  }

  private wake(): void {
    for (const each of this.waiting) each();
  }

  /** Reads new events while a reader waits. A reader that arrives within the next pause still finds the tail. */
  private async run(): Promise<void> {
    for (let idle = false; !this.stopped && !(idle && this.waiting.size === 0); ) {
      idle = this.waiting.size === 0;
      let restMs = this.options.pollMs;
      try {
        if (await this.poll()) continue;
      } catch (error) {
        this.log.warn({ err: error }, 'the feed could not be read');
        restMs = AFTER_FAULT_MS;
      }
      await this.rest(restMs);
    }
    this.tail = undefined;
    this.running = undefined;
  }

  /** Resolves to whether more can be read at once. */
  private async poll(): Promise<boolean> {
    const { tail } = this;
    const slice = tail && (await this.store.read(tail.head, this.options.readMax));
    if (!slice) {
      // The loop begins, or the database is another one than before. In the second case every waiting reader must check
      // its own place.
      if (tail) this.losses += 1;
      this.tail = new Tail(await this.store.latest(), this.options.tailMax);
      this.wake();
      return false;
    }
    const isNew = compareCursors(slice.next, tail.head) > 0;
    tail.append(slice);
    if (isNew) this.wake();
    return slice.hasMore;
  }

  private async rest(ms: number): Promise<void> {
    const { pauseMs } = this.options;
    await pause(Math.min(pauseMs, ms));
    if (!this.nudged && !this.stopped) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.max(0, ms - pauseMs));
        this.nudge = () => {
          clearTimeout(timer);
          resolve();
        };
        timer.unref();
      });
    }
    this.nudge = () => undefined;
    this.nudged = false;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
