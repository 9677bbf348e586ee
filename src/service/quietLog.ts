import { saysUnreachable } from '../adapters/unreachable';
import type { Log } from '../engine/log';

/**
 * A log for the parts of the service. While the database or the queue is away, every part logs the same errors
 * repeatedly. Those go to the debug level and to `suspect`, which logs once what is away.
 */
export function quietLog(log: Log, suspect: (error: unknown) => void): Log {
  const unlessAway =
    (level: 'warn' | 'error') =>
    (fields: object, message: string): void => {
      if ('err' in fields && saysUnreachable(fields.err)) {
        log.debug(fields, message);
        suspect(fields.err);
      } else {
        log[level](fields, message);
      }
    };
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: unlessAway('warn'),
    error: unlessAway('error'),
  };
}
