/** Runs tasks one after another. What happens to one process or server happens in order, never at once. */
export class Mutex {
  private tail: Promise<unknown> = Promise.resolve();

  /** Tasks that run or wait. */
  load = 0;

  run<T>(task: () => Promise<T>): Promise<T> {
    this.load += 1;
    const result = this.tail.then(task).finally(() => {
      this.load -= 1;
    });
    // This keeps only the order; the caller of the task gets its failure.
    this.tail = result.catch(() => undefined);
    return result;
  }
}
