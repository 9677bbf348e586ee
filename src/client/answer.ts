import type { z } from 'zod';
import type { problemSchema } from '../http/schemas/problem';
import type { TransportResponse } from './transport';

export type Problem = z.infer<typeof problemSchema>;

/** An answer of the service. A refusal is a value; a request that was not answered is an exception. */
export type Answer<T> =
  | { readonly ok: true; readonly status: number; readonly replayed: boolean; readonly value: T }
  | { readonly ok: false; readonly status: number; readonly replayed: boolean; readonly problem: Problem };

/** An answer that is no JSON object, as every answer of the service is: something else answered, or it is broken. */
export class MalformedAnswer extends Error {
  override readonly name = 'MalformedAnswer';

  constructor(
    readonly status: number,
    readonly text: string,
  ) {
    super(`answered ${status} with what is no JSON object: ${text.slice(0, 200)}`);
  }
}

/** Throws `MalformedAnswer`. Beyond that the service is trusted to answer what its schemas say. */
export function readAnswer<T>({ status, header, text }: TransportResponse): Answer<T> {
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
