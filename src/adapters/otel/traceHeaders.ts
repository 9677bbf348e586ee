import { context, propagation } from '@opentelemetry/api';

/**
 * The `traceparent` of the span that is active, for a request to somewhere else; nothing while nothing is traced. Baggage stays here:
 * it is ours, and the receiver is not.
 */
export function traceHeaders(): Readonly<Record<string, string>> {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent === undefined ? {} : { traceparent: carrier.traceparent };
}
