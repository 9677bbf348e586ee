/** Values that a span may carry; never money, tokens or bodies. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

/** Work that may learn while it runs what its span should say. */
export type Traced<T> = (add: (attributes: SpanAttributes) => void) => Promise<T>;

/** Runs work inside a span that ends when the work does, and that the spans of the work's own work belong to. */
export type SpanRunner = <T>(name: string, attributes: SpanAttributes, work: Traced<T>) => Promise<T>;

let runner: SpanRunner | undefined;

/** Traces from now on, or no more. */
export function traceWith(spans: SpanRunner | undefined): void {
  runner = spans;
}

/** Runs work in a span where tracing is on; else just runs it. */
export function traced<T>(name: string, attributes: () => SpanAttributes, work: Traced<T>): Promise<T> {
  return runner ? runner(name, attributes(), work) : work(ignore);
}

function ignore(): void {
  // Tracing is off.
}
