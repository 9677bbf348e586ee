/** Says that the process is about to stop: readiness fails from then on, and answers ask clients to reconnect. */
export class Draining {
  private readonly started = new AbortController();

  get begun(): boolean {
    return this.started.signal.aborted;
  }

  /** Aborted when it begins: for answers that would go on without an end. */
  get signal(): AbortSignal {
    return this.started.signal;
  }

  begin(): void {
    this.started.abort();
  }
}
