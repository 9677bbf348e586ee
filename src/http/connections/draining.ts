/** Marks that the process is about to stop. From then on readiness fails, and answers ask clients to reconnect. */
export class Draining {
  private started = false;

  get begun(): boolean {
    return this.started;
  }

  begin(): void {
    this.started = true;
  }
}
