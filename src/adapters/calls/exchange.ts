import type { Dispatcher } from 'undici';

/** The most bytes of an answer that are read. A longer answer is cut off and counts as none. */
export const ANSWER_BYTES_MAX = 64 * 1024;

export interface Exchange {
  readonly method: 'PUT' | 'POST';
  /** Where the dispatcher is not of one origin alone. */
  readonly origin?: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** From now to the end of the answer, however slowly it comes. */
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
 * One call and its whole answer. Follows no redirect. Rejects when there was no answer, not all of it in time, or too much: the call may
 * have been carried out all the same.
 */
export async function exchange(
  dispatcher: Dispatcher,
  { headers, timeoutMs, ...request }: Exchange,
): Promise<Received> {
  const answer = await dispatcher.request({
    ...request,
    headers: { ...headers, 'content-type': 'application/json' },
    // A peer cannot stretch this limit: those of undici begin again with every piece that comes.
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
  // Leaving the loop early destroys the stream and its connection with it.
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
