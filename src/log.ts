import { stdout } from 'node:process';
import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

/** JSON lines for machines, pretty ones on a terminal. Secrets never get as far as a log call; redaction is the net. */
export function createLog(level: string): Logger {
  const options = {
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: ['*.authorization', '*.password', 'req.headers.authorization', 'connectionString'], censor: '…' },
  };
  return stdout.isTTY ? pino(options, pretty({ colorize: true, singleLine: true })) : pino(options);
}
