import type { Clock } from '../clock';
import type { Course } from './store';

/** Courses that failed, each of which rests for `restMs` after each failure. */
export class RestingCourses {
  /** When the rest of each course ends. */
  private readonly untilMs = new Map<string, number>();

  constructor(
    private readonly clock: Pick<Clock, 'monotonicMs'>,
    private readonly restMs: number,
  ) {}

  has(course: Course): boolean {
    return (this.untilMs.get(nameOf(course)) ?? 0) > this.clock.monotonicMs();
  }

  /** Returns whether it is the first failure since a success. */
  failed(course: Course): boolean {
    const isFirst = !this.untilMs.has(nameOf(course));
    this.untilMs.set(nameOf(course), this.clock.monotonicMs() + this.restMs);
    return isFirst;
  }

  succeeded(course: Course): void {
    this.untilMs.delete(nameOf(course));
  }

  /** Forgets the courses that are gone. */
  keepOnly(courses: readonly Course[]): void {
    const names = new Set(courses.map(nameOf));
    for (const name of this.untilMs.keys()) if (!names.has(name)) this.untilMs.delete(name);
  }
}

/** The name of a course. A webhook has one course that follows new events, and at most one replay. */
function nameOf({ webhookId, until }: Course): string {
  return until ? `${webhookId} replay` : webhookId;
}
