import type { Dispatcher } from 'undici';

/** The most bytes read of an answer. A longer answer is cut off and counts as no answer. */
export const ANSWER_BYTES_MAX = 64 * 1024;

export interface Exchange {
  readonly method: 'PUT' | 'POST';
  /** Required if the dispatcher serves more than one origin. */
  readonly origin?: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** From now to the end of the answer, even if the answer arrives slowly. */
  readonly timeoutMs: number;
}

export interface Received {
  readonly status: number;
  readonly contentType: string;
  readonly retryAfter: string;
  readonly body: Buffer;
}

export class AnswerTooLongError extends Error {
  override readonly name = 'AnswerTooLongError';
}

/**
 * Makes one call and reads its whole answer. Follows no redirect. Rejects when no answer comes, or it is incomplete at
 * the timeout, or it is too long. The peer may still have carried out the call.
 */
export async function exchange(
  dispatcher: Dispatcher,
  { headers, timeoutMs, ...request }: Exchange,
): Promise<Received> {
  const answer = await dispatcher.request({
    ...request,
    headers: { ...headers, 'content-type': 'application/json' },
    // A peer cannot extend this limit. undici's own timeouts restart with every chunk that arrives.
    signal: AbortSignal.timeout(timeoutMs),
  });
  const received = await readLimited(answer.body);
  return {
    status: answer.statusCode,
    contentType: headerOf(answer.headers['content-type']),
    retryAfter: headerOf(answer.headers['retry-after']),
    body: received,
  };
}

async function readLimited(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop early destroys the stream and its connection.
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) throw new AnswerTooLongError();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function headerOf(value: string | string[] | undefined): string {
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}
