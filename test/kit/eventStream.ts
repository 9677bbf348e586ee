import { request } from 'node:http';

/** One message of a stream of Server-Sent Events. */
export interface StreamMessage {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
}

/** How a stream ended. `refused`: it never began. */
export type StreamEnd =
  | { readonly kind: 'closed' | 'cut' | 'silent' | 'left' | 'not-sent' }
  | { readonly kind: 'refused'; readonly status: number; readonly text: string };

export interface StreamOptions {
  readonly lastId: string | undefined;
  readonly onMessage: (message: StreamMessage) => void;
  /** After this long without a byte the stream counts as dead, because its process may be stopped. */
  readonly silentAfterMs: number;
  /** Aborted when the reader leaves. */
  readonly leave: AbortSignal;
}

/** Reads a stream until the service, the reader or a fault ends it. A message counts only when it is complete. Never rejects. */
export function readEventStream(url: string, options: StreamOptions): Promise<StreamEnd> {
  const { lastId, onMessage, silentAfterMs, leave } = options;
  return new Promise((resolve) => {
    const headers = { accept: 'text/event-stream', ...(lastId !== undefined && { 'last-event-id': lastId }) };
    const sent = request(url, { agent: false, headers });
    const end = (ended: StreamEnd): void => {
      clearTimeout(silence);
      leave.removeEventListener('abort', left);
      resolve(ended);
      sent.destroy();
    };
    const left = (): void => end({ kind: 'left' });
    const silence = setTimeout(() => end({ kind: 'silent' }), silentAfterMs);
    leave.addEventListener('abort', left);
    sent.on('error', (error: NodeJS.ErrnoException) => {
      end({ kind: error.code === 'ECONNREFUSED' ? 'not-sent' : 'cut' });
    });
    sent.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        silence.refresh();
        text += chunk;
        if (response.statusCode !== 200) return;
        const parts = text.split('\n\n');
        text = parts.pop() ?? '';
        for (const part of parts) onMessage(messageOf(part));
      });
      response.on('error', () => end({ kind: 'cut' }));
      response.on('end', () => {
        const { statusCode: status = 0 } = response;
        end(status === 200 ? { kind: 'closed' } : { kind: 'refused', status, text });
      });
    });
    if (leave.aborted) left();
    else sent.end();
  });
}

function messageOf(part: string): StreamMessage {
  const fields = part.split('\n').map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon), line.slice(colon + 1).trimStart()] as const;
  });
  return Object.fromEntries(fields.filter(([name]) => name === 'id' || name === 'event' || name === 'data'));
}
