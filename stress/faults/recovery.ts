interface Expectation {
  readonly fault: string;
  readonly fromMs: number;
}

/** The time from `fromMs`, when the fault was over, to the first commit. */
export interface Recovered extends Expectation {
  readonly tookMs: number;
}

/**
 * Measures how long a process needs after a fault until it commits a transfer that was sent to it afterwards. The clock
 * starts when the fault is over: at the start of the new process, at the first answer of the server, or at SIGCONT.
 */
export class Recovery {
  readonly recovered: Recovered[] = [];
  /** Processes that were hit again before they committed anything. */
  interrupted = 0;
  private readonly expected = new Map<number, Expectation[]>();

  expect(fault: string, process: number, fromMs: number): void {
    this.expected.set(process, [...(this.expected.get(process) ?? []), { fault, fromMs }]);
  }

  died(process: number): void {
    this.interrupted += this.expected.get(process)?.length ?? 0;
    this.expected.delete(process);
  }

  committed(process: number, sentAtMs: number): void {
    const waiting = this.expected.get(process);
    if (!waiting) return;
    const now = Date.now();
    const late = waiting.filter(({ fromMs }) => sentAtMs < fromMs);
    for (const { fault, fromMs } of waiting) {
      if (sentAtMs >= fromMs) this.recovered.push({ fault, fromMs, tookMs: now - fromMs });
    }
    if (late.length > 0) this.expected.set(process, late);
    else this.expected.delete(process);
  }
}
