/** Runs tasks one after another. What happens to one process or server happens in order, never at once. */
export class Mutex {
  private tail: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.tail.then(task);
    // Only the order is kept here; whoever asked for the task gets its failure.
    this.tail = result.catch(() => undefined);
    return result;
  }
}
