/** Promises that are under way; none of them rejects. */
export class UnderWay {
  private readonly promises = new Set<Promise<void>>();

  get isEmpty(): boolean {
    return this.promises.size === 0;
  }

  add(promise: Promise<void>): void {
    const underWay = promise.then(() => {
      this.promises.delete(underWay);
    });
    this.promises.add(underWay);
  }

  /** Resolves when none is under way, those that were added meanwhile included. */
  async settled(): Promise<void> {
    while (!this.isEmpty) await Promise.all(this.promises);
  }
}
