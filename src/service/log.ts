import { stdout } from 'node:process';
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

/** JSON lines for machines, pretty ones on a terminal. No secret is passed to a log call; redaction is the safety net. */
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
 * What a line tells of an error: its message and stack with those of its causes, its codes, and the errors it stands for.
 * Not the objects that libraries hang on it: pg adds the whole client, 30 KiB with every statement and the key that cancels
 * its session.
 */
export function toldOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const fields = Object.entries(pino.stdSerializers.err(error)).filter(([, value]) => typeof value !== 'object');
  const all = error instanceof AggregateError ? { errors: error.errors.map(toldOf) } : {};
  return { ...Object.fromEntries(fields), ...all };
}
