import type { TransportResponse } from './transport';
import type { Problem } from './types';

/** An answer of the service. A refusal is a value; a request without an answer rejects. */
export type Answer<T> = (
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: Problem }
) & {
  readonly status: number;
  /** Whether the service knew this `Idempotency-Key` from an earlier request. Then this request did nothing. */
  readonly replayed: boolean;
};

/**
 * An answer that is no JSON object. Every answer of the service is one, so something else answered, or the answer is
 * broken.
 */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';

  constructor(
    readonly status: number,
    readonly text: string,
  ) {
    super(`answered ${status} with what is no JSON object: ${text.slice(0, 200)}`);
  }
}

/** Reads an answer that is not JSON, such as CSV. A refusal is still JSON. */
export function readText({ status, header, text }: TransportResponse): Answer<string> {
  if (status >= 200 && status < 300) return { ok: true, status, replayed: false, value: text };
  return readAnswer({ status, header, text });
}

/** Throws `MalformedAnswer`. Otherwise trusts the service to answer as its schemas say. */
export function readAnswer<T>({ status, header, text }: TransportResponse): Answer<T> {
  if (status === 204) return { ok: true, status, replayed: false, value: undefined as T };
  const json = parsed(text);
  if (typeof json !== 'object' || json === null) throw new MalformedAnswer(status, text);
  const replayed = header('idempotency-replayed') === 'true';
  return status >= 200 && status < 300
    ? { ok: true, status, replayed, value: json as T }
    : { ok: false, status, replayed, problem: json as Problem };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The service refuses these events, or no longer has them; `problem` says why. */
export class EventsRefused extends Error {
  override readonly name = 'EventsRefused';

  constructor(readonly problem: Problem) {
    super(`${problem.code}: ${problem.detail}`);
  }
}
