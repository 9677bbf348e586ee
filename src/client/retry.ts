import type { TransportResponse } from './transport';

/** How a request is repeated that the service could not take, or whose answer was lost. */
export interface RetryOptions {
  /** How often it is sent at most, the first time counted. */
  readonly attempts: number;
  /** Milliseconds; the longest wait before the second attempt, doubled with each one after it. */
  readonly firstMs: number;
  /** Milliseconds; no wait is longer, unless `Retry-After` asks for more. */
  readonly maxMs: number;
}

export const DEFAULT_RETRY: RetryOptions = { attempts: 6, firstMs: 100, maxMs: 5_000 };

/** A service that wants to be left alone for longer is for the caller to come back to. */
const RETRY_AFTER_MAX_MS = 30_000;

/**
 * Sends until there is an answer that waiting would not change. `isRepeatable`: carried out twice it does what it does
 * once, as what only reads or has an `Idempotency-Key`; a request that is not is repeated only when it was certainly not
 * begun. Resolves to the last answer, rejects with the last error, when the attempts are used up.
 */
export async function sendRepeatedly(
  send: () => Promise<TransportResponse>,
  isRepeatable: boolean,
  { attempts, firstMs, maxMs }: RetryOptions,
): Promise<TransportResponse> {
  for (let attempt = 1; ; attempt += 1) {
    const isLast = attempt >= attempts;
    // Full jitter: those that were turned away together do not come back together.
    let waitMs = Math.random() * Math.min(maxMs, firstMs * 2 ** (attempt - 1));
    try {
      const response = await send();
      const afterMs = Number(response.header('retry-after') ?? 0) * 1_000 || 0;
      if (isLast || afterMs > RETRY_AFTER_MAX_MS || !isForLater(response, isRepeatable)) return response;
      waitMs = Math.max(waitMs, afterMs);
    } catch (error) {
      if (isLast || !(isRepeatable || wasRefused(error))) throw error;
    }
    await new Promise((done) => setTimeout(done, waitMs));
  }
}

/** Answers of what stands before the service; when they are JSON they are the service's own, and say something else. */
const OF_A_PROXY = new Set([502, 503, 504]);

function isForLater({ status, text }: TransportResponse, isRepeatable: boolean): boolean {
  if (status === 429) return true;
  const problem = objectIn(text);
  if (!problem) return isRepeatable && OF_A_PROXY.has(status);
  // Without an outcome it says that a bounded queue is full, and nothing was begun.
  return status === 503 && (isRepeatable || problem['outcome'] !== 'unknown');
}

function objectIn(text: string): Record<string, unknown> | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether nothing listened, or no such host was found: then nothing was sent. `fetch` has that as the cause. */
function wasRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code: unknown = 'code' in error ? error.code : undefined;
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || wasRefused(error.cause);
}
