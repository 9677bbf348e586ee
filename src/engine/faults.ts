/** No retry can help. The transaction becomes `failed` and waits for an operator. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/**
 * What a call needs and may not get. `lock` is a lock in the database that another session holds for too long, or rows
 * that it wrote at the same time. `workers` are the processes that run jobs. `keys` are the keys that tokens are checked
 * against.
 */
export type Dependency = 'database' | 'lock' | 'queue' | 'workers' | 'keys';

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
    throw asUnknown(error.message, error);
  }
}

/** The error for a call whose outcome is unknown and that `cause` stopped. */
export function asUnknown(message: string, cause: unknown): UnavailableError {
  const away = cause instanceof UnavailableError ? cause.away : 'database';
  return new UnavailableError(message, 'unknown', { cause, away });
}
