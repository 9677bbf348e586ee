import type { Clock } from '../clock';
import { compareCursors } from '../feed/cursor';
import type { Feed } from '../feed/feed';
import { Wait } from '../feed/wait';
import type { Log } from '../log';
import { stepOf, type WriteBody } from './plan';
import { RestingCourses } from './restingCourses';
import type { Course, CourseStore, NewDelivery } from './store';

/** Announces stored deliveries. The announcement may be lost: a sweep also finds them. */
export type Announce = (webhookId: string, deliveries: readonly NewDelivery[]) => void;

export interface DispatcherDeps<Q, R> {
  readonly store: CourseStore;
  readonly feed: Pick<Feed<Q, R>, 'read' | 'after' | 'store'>;
  readonly bodyOf: WriteBody<Q, R>;
  readonly announce: Announce;
  /** Whether this process is the one that dispatches. Two at the same time do no harm. */
  readonly runs: () => boolean;
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly log: Log;
  readonly options: DispatcherOptions;
}

export interface DispatcherOptions {
  /** The most undelivered deliveries of one webhook in the database. The rest of its events wait in the feed. */
  readonly pendingMax: number;
  /** How often the dispatcher looks for webhooks that are new, enabled again, or have room again. */
  readonly lookEveryMs: number;
}

const AFTER_FAULT_MS = 1_000;
/** Milliseconds between two looks. One look writes everything that came in between. */
const PAUSE_MS = 20;

/**
 * Reads the feed and writes the deliveries of each webhook. The database holds its position, which moves with the
 * deliveries. So the dispatcher may be killed at any time and may run twice.
 */
export class Dispatcher<Q, R> {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;
  private readonly resting: RestingCourses;

  constructor(private readonly deps: DispatcherDeps<Q, R>) {
    this.resting = new RestingCourses(deps.clock, AFTER_FAULT_MS);
  }

  start(): void {
    this.running ??= this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    let failing = false;
    while (!this.stopping.signal.aborted) {
      try {
        if (this.deps.runs()) await this.round();
        else await this.rest(this.deps.options.lookEveryMs);
        failing = false;
      } catch (error) {
        if (!failing) this.deps.log.warn({ err: error }, 'events for webhooks could not be looked for');
        failing = true;
        await this.rest(AFTER_FAULT_MS);
      }
    }
  }

  /** Looks once at every course that does not rest. Waits for events when there were none. */
  private async round(): Promise<void> {
    const { store, options } = this.deps;
    const all = await store.courses(options.pendingMax);
    this.resting.keepOnly(all);
    const courses = all.filter((course) => !this.resting.has(course));
    let moved = false;
    for (const course of courses) {
      if (this.stopping.signal.aborted) return;
      moved = (await this.tryAdvance(course)) || moved;
    }
    if (moved) await this.rest(PAUSE_MS);
    else await this.news(courses);
  }

  /** Makes a failing course rest by itself, so that it delays no other course. */
  private async tryAdvance(course: Course): Promise<boolean> {
    try {
      const moved = await this.advance(course);
      this.resting.succeeded(course);
      return moved;
    } catch (error) {
      const fields = { err: error, webhook: course.webhookId };
      if (this.resting.failed(course))
        this.deps.log.warn(fields, 'events for a webhook could not be written down; it is tried again');
      return false;
    }
  }

  /** Resolves to whether the course moved. */
  private async advance(course: Course): Promise<boolean> {
    const { store, feed, bodyOf, announce } = this.deps;
    const { webhookId, cursor, until } = course;
    // A replay reads the database: its end may lie past the events that this process has in memory.
    const slice = await (until ? feed.read(cursor) : feed.after(cursor, new Wait(0, this.stopping.signal)));
    if (!slice) return this.skip(course);
    const step = stepOf(course, slice, bodyOf);
    if (step.next && compareCursors(step.next, cursor) === 0) return false;
    if (!(await store.advance(course, step))) return false;
    if (step.deliveries.length > 0) announce(webhookId, step.deliveries);
    return true;
  }

  private async skip(course: Course): Promise<boolean> {
    const { store, feed, log } = this.deps;
    const skipped = await store.skip(course, await feed.store.oldest());
    const fields = { webhook: course.webhookId };
    if (skipped)
      log.error(fields, 'the feed has lost events that a webhook was to be told of; it goes on at the oldest');
    return skipped;
  }

  /** Resolves when an event follows the courses that follow the feed, or after `lookEveryMs`. */
  private async news(courses: readonly Course[]): Promise<void> {
    const { feed, options } = this.deps;
    const followed = courses.filter(({ until }) => !until).map(({ cursor }) => cursor);
    const [head] = followed.toSorted((a, b) => compareCursors(b, a));
    if (!head) return this.rest(options.lookEveryMs);
    const wait = new Wait(options.lookEveryMs, this.stopping.signal);
    await Promise.all([feed.after(head, wait).finally(wait.end), this.rest(PAUSE_MS)]);
  }

  private async rest(ms: number): Promise<void> {
    const wait = new Wait(ms, this.stopping.signal);
    if (wait.isOver) return;
    await new Promise<void>((resolve) => {
      wait.whenOver = resolve;
    });
  }
}
