import type { z } from 'zod';

/** Headers of a success that only some routes set. */
export type SuccessHeader = 'Location' | 'Vary' | 'Content-Disposition';

/** The documented successes by status: a body with an example that fits its schema, or no body. */
export type Documented = {
  readonly description: string;
  readonly headers?: readonly SuccessHeader[];
} & (
  | {
      readonly schema: z.ZodType;
      readonly example: unknown;
      /** Default: JSON. */
      readonly contentType?: string;
      /** Also available as an HTML page, if `Accept` requests one. */
      readonly page?: string;
      /** Also available as a stream of Server-Sent Events, if `Accept` requests one. */
      readonly stream?: string;
      /** Also available as CSV, if `Accept` requests it. */
      readonly csv?: string;
    }
  | { readonly schema?: undefined }
);

/** A complete example request. It fits the schemas of its route, with every path parameter and a body. */
export interface RequestExample {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}
