import type { TransportResponse } from './transport';

/** How the client retries a request that the service could not take, or whose answer was lost. */
export interface RetryOptions {
  /** The most attempts, including the first. */
  readonly attempts: number;
  /** Milliseconds; the longest wait before the second attempt. Doubles with each further attempt. */
  readonly firstMs: number;
  /** Milliseconds; the longest wait, unless `Retry-After` asks for a longer one. */
  readonly maxMs: number;
}

export const DEFAULT_RETRY: RetryOptions = { attempts: 6, firstMs: 100, maxMs: 5_000 };

/**
 * The longest `Retry-After` that the client waits for. If the service asks for more, the caller decides when to retry.
 */
const RETRY_AFTER_MAX_MS = 30_000;

/**
 * Sends until an answer arrives that a retry would not change. `isRepeatable`: the request has the same effect twice as
 * once, because it only reads or has an `Idempotency-Key`. Any other request is retried only if it was certainly not
 * begun. After the last attempt, resolves to the last answer or rejects with the last error.
 */
export async function sendRepeatedly(
  send: () => Promise<TransportResponse>,
  isRepeatable: boolean,
  { attempts, firstMs, maxMs }: RetryOptions,
): Promise<TransportResponse> {
  for (let attempt = 1; ; attempt += 1) {
    const isLast = attempt >= attempts;
    // Full jitter: clients that were refused together do not return together.
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

/**
 * Statuses that a proxy in front of the service may send. If their body is JSON, they are the service's own and mean
 * something else.
 */
const OF_A_PROXY = new Set([502, 503, 504]);

function isForLater({ status, text }: TransportResponse, isRepeatable: boolean): boolean {
  if (status === 429) return true;
  const problem = objectIn(text);
  if (!problem) return isRepeatable && OF_A_PROXY.has(status);
  // Without an outcome, a 503 says that a bounded queue is full and nothing was begun.
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

/**
 * Whether nothing listened, or the host was not found: then nothing was sent. `fetch` gives that as the cause of its
 * error.
 */
function wasRefused(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code: unknown = 'code' in error ? error.code : undefined;
  return code === 'ECONNREFUSED' || code === 'ENOTFOUND' || wasRefused(error.cause);
}
