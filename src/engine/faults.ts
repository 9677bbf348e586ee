/** No retry can help. The transaction becomes `failed` and waits for an operator. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/** A dependency that can be away. `workers` are the processes that run jobs. `keys` are the keys that tokens are checked against. */
export type Dependency = 'database' | 'queue' | 'workers' | 'keys';

/**
 * A dependency is away: the database, unless `away` names another one. `outcome` says what is known of the caller's own
 * call: it never began, or it may or may not have been carried out.
 */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
  readonly away: Dependency;

  constructor(
    message: string,
    readonly outcome: 'not-started' | 'unknown',
    { away = 'database', ...options }: ErrorOptions & { readonly away?: Dependency } = {},
  ) {
    super(message, options);
    this.away = away;
  }
}

/** A bounded queue is full. The call did not begin. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError';
}

/** Whether the call certainly did not begin. */
export function hasNotStarted(error: unknown): boolean {
  return error instanceof OverloadedError || (error instanceof UnavailableError && error.outcome === 'not-started');
}

/**
 * Does the work that follows a write that may have happened. An error from here on must not say that the call did not
 * begin.
 */
export async function afterWriting<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Error && hasNotStarted(error))) throw error;
    const away = error instanceof UnavailableError ? error.away : 'database';
    throw new UnavailableError(error.message, 'unknown', { cause: error, away });
  }
}
