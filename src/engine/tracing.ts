/** Values that a span may carry. Never money, tokens or bodies. */
export type SpanAttributes = Readonly<Record<string, string | number>>;

/** Work that can add attributes to its span while it runs. */
export type Traced<T> = (add: (attributes: SpanAttributes) => void) => Promise<T>;

/** Runs work inside a span. The span ends when the work does. Spans that the work starts become its children. */
export type SpanRunner = <T>(name: string, attributes: SpanAttributes, work: Traced<T>) => Promise<T>;

let runner: SpanRunner | undefined;

/** Turns tracing on, or off when `spans` is undefined. */
export function traceWith(spans: SpanRunner | undefined): void {
  runner = spans;
}

/** Runs work in a span when tracing is on. Otherwise only runs the work. */
export function traced<T>(name: string, attributes: () => SpanAttributes, work: Traced<T>): Promise<T> {
  return runner ? runner(name, attributes(), work) : work(ignore);
}

function ignore(): void {
  // Tracing is off.
}
