/** Marks that the process is about to stop. From then on readiness fails. */
export class Draining {
  private started = false;

  get begun(): boolean {
    return this.started;
  }

  begin(): void {
    this.started = true;
  }
}
