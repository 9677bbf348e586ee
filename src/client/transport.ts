export interface TransportRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';
  /** Absolute, with the query. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON, with its content type among the headers. */
  readonly body?: string;
}

export interface TransportResponse {
  readonly status: number;
  /** By its name in lower case. */
  readonly header: (name: string) => string | undefined;
  /** The whole body. */
  readonly text: string;
}

/**
 * Sends one request, once, and reads its answer, whatever the status. Rejects when no whole answer comes; what it
 * rejects with reaches the caller of the client.
 */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

/** By `fetch`. Gives up `timeoutMs` after it was called, when the whole answer has not come by then. */
export function viaFetch(timeoutMs: number): Transport {
  return async ({ url, ...request }) => {
    const response = await fetch(url, { ...request, signal: AbortSignal.timeout(timeoutMs) });
    return {
      status: response.status,
      header: (name) => response.headers.get(name) ?? undefined,
      text: await response.text(),
    };
  };
}
