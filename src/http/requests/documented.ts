import type { z } from 'zod';

/** Headers of a success that only some routes set. */
export type SuccessHeader = 'Location' | 'Vary';

/** A success as it is documented, by status: a body with an example that fits its schema, or no body. */
export type Documented = {
  readonly description: string;
  readonly headers?: readonly SuccessHeader[];
} & (
  | {
      readonly schema: z.ZodType;
      readonly example: unknown;
      /** JSON unless said. */
      readonly contentType?: string;
      /** Also answered as a page, where `Accept` asks for one. */
      readonly page?: string;
      /** Also answered as a stream of Server-Sent Events, where `Accept` asks for one. */
      readonly stream?: string;
    }
  | { readonly schema?: undefined }
);

/** A request as a reader can send it. It fits the schemas of its route: each parameter of the path and a body are there. */
export interface RequestExample {
  readonly params?: Readonly<Record<string, string | number>>;
  readonly query?: Readonly<Record<string, string | number>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}
