import type { Telemetry } from 'bullmq';

/** Carries a trace with a job, from the process that added it to the process that runs it. */
export type JobTelemetry = Telemetry;

export async function createJobTelemetry(about: { name: string; version: string }): Promise<JobTelemetry> {
  const { BullMQOtel } = await import('bullmq-otel');
  return new BullMQOtel({ tracerName: about.name, version: about.version });
}
