import { type Refused, refused } from '../answers/answer';

/** Refusals are counted by the second. */
const WINDOW_MS = 1_000;
const RETRY_AFTER_MAX_S = 10;
/** Fewer refusals a second cost too little to keep clients away for longer, however low the limit is. */
const CHEAP = 200;

/**
 * Counts the requests in flight. Bounds memory: over the limit, a request is refused at once. A refusal costs a part of
 * what a request costs, so clients are asked to come back later the more of them there are.
 */
export class Admission {
  private running = 0;
  private windowMs = Number.NEGATIVE_INFINITY;
  private refusals = 0;
  private refusalsBefore = 0;

  constructor(
    private readonly max: number,
    private readonly nowMs = () => performance.now(),
    private readonly random = () => Math.random(),
  ) {}

  get inFlight(): number {
    return this.running;
  }

  enter(places = 1): boolean {
    if (this.running + places > this.max) return false;
    this.running += places;
    return true;
  }

  leave(places = 1): void {
    this.running -= places;
  }

  /**
   * The answer to a request that may not enter. Counts it. The log has one such answer of each second at warn: a line for
   * each took a quarter of what a refusal costs.
   */
  refuse(context: { isTold: boolean }): Refused {
    const nowMs = this.nowMs();
    const ageMs = nowMs - this.windowMs;
    context.isTold = ageMs < WINDOW_MS;
    if (ageMs >= WINDOW_MS) {
      this.refusalsBefore = ageMs < 2 * WINDOW_MS ? this.refusals : 0;
      this.refusals = 0;
      this.windowMs = nowMs;
    }
    this.refusals += 1;
    return refused({ kind: 'overloaded', retryAfterSeconds: this.retryAfterSeconds });
  }

  /**
   * One second for each time that the refusals of a second contain the limit, and up to half as much more, so that
   * clients spread.
   */
  private get retryAfterSeconds(): number {
    const seconds = Math.max(1, Math.floor(Math.max(this.refusals, this.refusalsBefore) / Math.max(this.max, CHEAP)));
    return Math.min(RETRY_AFTER_MAX_S, seconds + Math.floor((this.random() * (seconds + 1)) / 2));
  }
}
