/** Holds callers back until the gate is opened or failed. */
export class Gate {
  private readonly waiting: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  private outcome: { error?: unknown } | undefined;

  /** The number of waiting callers. */
  get size(): number {
    return this.waiting.length;
  }

  pass(): Promise<void> {
    if (this.outcome) return 'error' in this.outcome ? Promise.reject(this.outcome.error) : Promise.resolve();
    return new Promise((resolve, reject) => {
      this.waiting.push({ resolve, reject });
    });
  }

  /** Lets every caller through, now and later. */
  open(): void {
    this.outcome = {};
    for (const { resolve } of this.waiting.splice(0)) resolve();
  }

  /** Lets the waiting callers through; later callers wait. */
  letWaitingPass(): void {
    for (const { resolve } of this.waiting.splice(0)) resolve();
  }

  failWaiting(error: unknown): void {
    for (const { reject } of this.waiting.splice(0)) reject(error);
  }
}

/** Runs everything that is ready to run: promise reactions and immediates. */
export async function runReady(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((done) => setImmediate(done));
}

/** The current state of a promise, without waiting for it. */
export function watch<T>(promise: Promise<T>): { readonly state: () => 'pending' | 'resolved' | 'rejected' } {
  let state: 'pending' | 'resolved' | 'rejected' = 'pending';
  const become = (as: typeof state) => () => {
    state = as;
    return as;
  };
  promise.then(become('resolved'), become('rejected'));
  return { state: () => state };
}
