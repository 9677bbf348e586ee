/** Says that the process is about to stop: readiness fails from then on, and answers ask clients to reconnect. */
export class Draining {
  private started = false;

  get begun(): boolean {
    return this.started;
  }

  begin(): void {
    this.started = true;
  }
}
