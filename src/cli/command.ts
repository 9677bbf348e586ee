/** One subcommand of `tandem`. */
export interface Command {
  readonly summary: string;
  readonly usage: string;
  /** Resolves to the exit code of the process. Throws a {@link UsageError} when the arguments are wrong. */
  run(args: readonly string[], out: Output): Promise<number>;
}

export interface Output {
  print(line: string): void;
}

/** The arguments are wrong. The message says how they should be. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Exit codes, the same for every command. */
export const EXIT = { ok: 0, failed: 1, notRun: 2 } as const;
