/** Runs tasks one after another, so that what happens to one process or server never overlaps. */
export class Mutex {
  private tail: Promise<unknown> = Promise.resolve();

  /** Tasks that run or wait. */
  load = 0;

  run<T>(task: () => Promise<T>): Promise<T> {
    this.load += 1;
    const result = this.tail.then(task).finally(() => {
      this.load -= 1;
    });
    // The tail only keeps the order. The caller of the task gets its failure.
    this.tail = result.catch(() => undefined);
    return result;
  }
}
