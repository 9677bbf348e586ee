import { createJobTelemetry, type JobTelemetry } from '../adapters/bullmq/telemetry';
import { startTracing } from '../adapters/otel/tracing';
import type { Config } from '../config';
import type { Lifecycle } from './lifecycle';

/** Starts tracing if an endpoint is configured. Resolves to what the queue needs to pass a trace on with its jobs. */
export async function composeTracing(
  config: Config,
  about: { name: string; version: string },
  life: Lifecycle,
): Promise<JobTelemetry | undefined> {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = config;
  if (endpoint === undefined) return undefined;
  const stop = await startTracing({ endpoint, ...about });
  life.started('tracing', stop);
  return createJobTelemetry(about);
}
