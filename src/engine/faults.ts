/** No retry can heal it: the transaction becomes `failed` and waits for an operator. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/** What can be away. `workers`: the processes that run jobs; `keys`: what tokens are checked against. */
export type Dependency = 'database' | 'queue' | 'workers' | 'keys';

/**
 * What is needed is away: the database, unless `away` names something else. `outcome` says what the caller knows of its own call: it never
 * began, or it may or may not have been carried out.
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

/** A bounded queue is full. Nothing of the call was begun. */
export class OverloadedError extends Error {
  override readonly name = 'OverloadedError';
}

/** Whether it is certain that nothing of the call was begun, because nothing could be. */
export function hasNotStarted(error: unknown): boolean {
  return error instanceof OverloadedError || (error instanceof UnavailableError && error.outcome === 'not-started');
}

/**
 * Does what follows a write that may already have happened: whatever is away from here on, it would be a lie to say that
 * nothing was begun.
 */
export async function afterWriting<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof UnavailableError)
      throw new UnavailableError(error.message, 'unknown', { cause: error, away: error.away });
    throw error;
  }
}
