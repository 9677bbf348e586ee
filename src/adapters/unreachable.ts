import { isNativeError } from 'node:util/types';
import { UnavailableError } from '../engine/faults';

/** Of node's sockets and of name resolution. */
const NETWORK = new Set(
  'ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH ENOTFOUND EAI_AGAIN'.split(' '),
);
/** SQLSTATEs of connections: class 08, a session that was ended or not let in, no connection free. */
const SESSION = /^(08...|57P0[1235]|53300)$/;
/** What pg, its pool and ioredis say of a connection without giving a code. */
const WORDS =
  /^(Connection terminated|Connection is closed|Connection is in closing state|timeout (expired|exceeded when trying to connect)|Client has encountered a connection error|Client was closed|Query read timeout|Command timed out|Stream isn't writeable|Reached the max retries per request limit)/;

/** Why something is away, for people. The innermost cause says the most: a refused connection, a session that was ended. */
export function reasonOf(error: unknown): string {
  if (isNativeError(error) && error.cause !== undefined) return reasonOf(error.cause);
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return isNativeError(error) ? error.message : String(error);
}

/** Whether an error says no more than that something could not be reached, itself or by its cause. */
export function saysUnreachable(error: unknown): boolean {
  if (error instanceof UnavailableError) return true;
  if (!isNativeError(error)) return false;
  if ('code' in error && typeof error.code === 'string' && (NETWORK.has(error.code) || SESSION.test(error.code)))
    return true;
  return WORDS.test(error.message) || saysUnreachable(error.cause);
}
