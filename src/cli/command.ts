/** One word after `tandem`. */
export interface Command {
  readonly summary: string;
  readonly usage: string;
  /** Resolves to the exit code of the process. Throws a {@link UsageError} when it was called wrongly. */
  run(args: readonly string[], out: Output): Promise<number>;
}

export interface Output {
  print(line: string): void;
}

/** What was typed is not as it must be; the words say how it should. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Exit codes, the same for every command. */
export const EXIT = { ok: 0, failed: 1, notRun: 2 } as const;
