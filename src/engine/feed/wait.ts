/**
 * How long a reader waits for an event: up to so many milliseconds, and not after it has gone. Not a signal made of others:
 * those hold on to each other for as long as one of them lives (nodejs/node#54614), and a stream would make one with each wait.
 */
export class Wait {
  whenOver: (() => void) | undefined;
  private over = false;
  private readonly timer: NodeJS.Timeout | undefined;

  constructor(
    ms: number,
    private readonly gone: AbortSignal,
  ) {
    this.over = ms <= 0 || gone.aborted;
    if (this.over) return;
    this.timer = setTimeout(this.end, ms);
    gone.addEventListener('abort', this.end);
  }

  get isOver(): boolean {
    return this.over;
  }

  /** Also before its time. */
  readonly end = (): void => {
    this.over = true;
    clearTimeout(this.timer);
    this.gone.removeEventListener('abort', this.end);
    this.whenOver?.();
  };
}
