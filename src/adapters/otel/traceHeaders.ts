import { context, propagation } from '@opentelemetry/api';

/**
 * The `traceparent` of the active span, for a request to another service; empty while nothing is traced. Never sends
 * baggage: that is our data, and the receiver is another party.
 */
export function traceHeaders(): Readonly<Record<string, string>> {
  const carrier: { traceparent?: string } = {};
  propagation.inject(context.active(), carrier);
  return carrier.traceparent === undefined ? {} : { traceparent: carrier.traceparent };
}
