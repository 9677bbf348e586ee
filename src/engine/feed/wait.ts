/**
 * How long a reader waits for an event: at most a number of milliseconds, and only until the reader has gone. This
 * class does not combine signals with `AbortSignal.any`: combined signals keep each other alive as long as one of them
 * lives (nodejs/node#54614), and a stream would make one for each wait.
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

  /** Ends the wait, even before its time. */
  readonly end = (): void => {
    this.over = true;
    clearTimeout(this.timer);
    this.gone.removeEventListener('abort', this.end);
    this.whenOver?.();
  };
}
