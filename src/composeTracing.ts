import type { Telemetry } from 'bullmq';
import { startTracing } from './adapters/otel/tracing';
import type { Config } from './config';
import type { Lifecycle } from './lifecycle';

/** Starts to trace where an endpoint is configured. Resolves to what the queue needs to pass a trace on with its jobs. */
export async function composeTracing(
  config: Config,
  about: { name: string; version: string },
  life: Lifecycle,
): Promise<Telemetry | undefined> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = config;
  if (endpoint === undefined) return undefined;
  const stop = await startTracing({ endpoint, ...about });
  life.started('tracing', stop);
  const { BullMQOtel } = await import('bullmq-otel');
  return new BullMQOtel({ tracerName: about.name, version: about.version });
}
