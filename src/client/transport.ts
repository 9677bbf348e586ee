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
  /** A header, by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** The whole body. */
  readonly text: string;
}

/**
 * Sends one request, once, and reads its answer, whatever the status. Rejects when no complete answer arrives; the
 * caller of the client receives that error.
 */
export type Transport = (request: TransportRequest) => Promise<TransportResponse>;

/** A transport that uses `fetch`. Rejects if the complete answer has not arrived `timeoutMs` after the call. */
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
