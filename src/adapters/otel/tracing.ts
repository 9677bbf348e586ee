import { type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { type SpanAttributes, type Traced, traceWith } from '../../engine/tracing';

export interface TracingOptions {
  /** The collector's address, OTLP over HTTP; `/v1/traces` is appended. */
  readonly endpoint: string;
  readonly name: string;
  readonly version: string;
}

/**
 * Sends spans of requests, jobs and branch calls to an OpenTelemetry collector. Loads the libraries only here, so a
 * service without an endpoint pays nothing for them. Resolves to a function that sends the remaining spans and stops.
 */
export async function startTracing({ endpoint, name, version }: TracingOptions): Promise<() => Promise<void>> {
  const [{ OTLPTraceExporter }, { resourceFromAttributes }, { BatchSpanProcessor, NodeTracerProvider }] =
    await Promise.all([
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/sdk-trace-node'),
    ]);
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': name, 'service.version': version }),
    spanProcessors: [new BatchSpanProcessor(exporter, { scheduledDelayMillis: 1000 })],
  });
  provider.register();
  const tracer = trace.getTracer(name, version);
  traceWith((spanName, attributes, work) =>
    tracer.startActiveSpan(spanName, { kind: kindOf(attributes), attributes: { ...attributes } }, (span) =>
      ended(span, work),
    ),
  );
  return async () => {
    traceWith(undefined);
    await provider.shutdown();
    trace.disable();
  };
}

async function ended<T>(span: Span, work: Traced<T>): Promise<T> {
  try {
    return await work((attributes) => span.setAttributes(attributes));
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    if (error instanceof Error) span.recordException(error);
    throw error;
  } finally {
    span.end();
  }
}

function kindOf(attributes: SpanAttributes): SpanKind {
  if ('http.route' in attributes) return SpanKind.SERVER;
  return 'server.address' in attributes ? SpanKind.CLIENT : SpanKind.INTERNAL;
}
