/** A wait for the next time that nothing is under way, shared by all who wait. */
export class Idle {
  private waiting: (() => void)[] = [];

  wait(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  /** Nothing is under way. */
  tell(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}
