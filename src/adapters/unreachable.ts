import { isNativeError } from 'node:util/types';
import { UnavailableError } from '../engine/faults';

/** Error codes of node's sockets and of name resolution. */
const NETWORK = new Set(
  'ECONNREFUSED ECONNRESET ECONNABORTED EPIPE ETIMEDOUT EHOSTUNREACH ENETUNREACH ENOTFOUND EAI_AGAIN'.split(' '),
);
/** SQLSTATEs of connections: class 08, a session that was ended or not admitted, no free connection. */
const SESSION = /^(08...|57P0[1235]|53300)$/;
/** Messages of pg, its pool and ioredis about a connection, for errors without a code. */
const WORDS =
  /^(Connection terminated|Connection is closed|Connection is in closing state|timeout (expired|exceeded when trying to connect)|Client has encountered a connection error|Client was closed|Query read timeout|Command timed out|Stream isn't writeable|Reached the max retries per request limit)/;

/**
 * Why a dependency is away, as text for people. The innermost cause says the most: a refused connection, an ended
 * session.
 */
export function reasonOf(error: unknown): string {
  if (isNativeError(error) && error.cause !== undefined) return reasonOf(error.cause);
  if (error instanceof AggregateError && error.message === '') return error.errors.map(reasonOf).join('; ');
  return isNativeError(error) ? error.message : String(error);
}

/** Whether an error, or its cause, reports only that something could not be reached. */
export function saysUnreachable(error: unknown): boolean {
  if (error instanceof UnavailableError) return true;
  if (!isNativeError(error)) return false;
  if ('code' in error && typeof error.code === 'string' && (NETWORK.has(error.code) || SESSION.test(error.code)))
    return true;
  return WORDS.test(error.message) || saysUnreachable(error.cause);
}
