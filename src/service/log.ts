import { stdout } from 'node:process';
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

/** JSON lines for machines, readable lines on a terminal. Callers must not log secrets; redaction is only the safety net. */
export function createLog(level: string): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: toldOf },
    redact: { paths: ['*.authorization', '*.password', 'req.headers.authorization', 'connectionString'], censor: '…' },
  };
  return stdout.isTTY ? pino(options, pretty({ colorize: true, singleLine: true })) : pino(options);
}

/**
 * The fields of an error that a line logs: its message and stack with those of its causes, its codes, and the errors
 * that it aggregates. Objects that libraries attach are left out: pg attaches the whole client, 30 KiB with every
 * statement and the key that cancels its session.
 */
export function toldOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const fields = Object.entries(pino.stdSerializers.err(error)).filter(([, value]) => typeof value !== 'object');
  const all = error instanceof AggregateError ? { errors: error.errors.map(toldOf) } : {};
  return { ...Object.fromEntries(fields), ...all };
}
