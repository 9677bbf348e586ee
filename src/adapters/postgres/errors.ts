import { UnavailableError } from '../../engine/faults';

/**
 * What a failed statement means for those who wait for it.
 * - `again`: nothing was written; the same batch may simply be repeated (deadlock, serialization, a raced unique key, a
 *   statement that waited too long for a lock)
 * - `away`: the database could not be reached or went away; the outcome may be unknown
 * - `offender`: some row of the batch is at fault
 */
export type StatementFault = 'again' | 'away' | 'offender';

const AGAIN = new Set(['40001', '40P01', '23505', '55P03', '57014']);
/** Class 08 is connection exceptions; 57P0x an administrator or a crash ended the session; 53300 too many clients. */
const AWAY = new Set(['57P01', '57P02', '57P03', '57P05', '53300', '25006']);
/** SQLSTATEs after which it is certain that the statement did nothing, because it never began. */
const NEVER_BEGAN = new Set(['57P03', '53300', '25006']);

/** Source of the codes: PostgreSQL, appendix A. An error without a SQLSTATE comes from the connection. */
export function classify(error: unknown): StatementFault {
  const code = sqlState(error);
  if (code === undefined || code.startsWith('08') || AWAY.has(code)) return 'away';
  return AGAIN.has(code) ? 'again' : 'offender';
}

/** SQLSTATEs with which a server ends a session. */
const SESSION_ENDED = new Set(['57P01', '57P02', '57P05']);
const SOCKET_ENDED = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

/** Whether an error says no more than that a connection to PostgreSQL is lost. Source of the message: pg's client. */
export function isLostConnection(error: unknown): boolean {
  if (SESSION_ENDED.has(sqlState(error) ?? '')) return true;
  if (hasCode(error) && SOCKET_ENDED.has(error.code)) return true;
  return error instanceof Error && error.message === 'Connection terminated unexpectedly';
}

/** SQLSTATEs of a statement that waited for a row for too long. */
const KEPT_WAITING = new Set(['55P03', '57014']);

/** Whether a row that somebody else has locked was waited for in vain: repeating the same would wait as long again. */
export function keptWaiting(error: unknown): boolean {
  return KEPT_WAITING.has(sqlState(error) ?? '');
}

export function neverBegan(error: unknown): boolean {
  if (error instanceof UnavailableError) return error.outcome === 'not-started';
  const code = sqlState(error);
  if (code !== undefined) return NEVER_BEGAN.has(code);
  return false;
}

/** The SQLSTATE of an error, if PostgreSQL itself reported it. */
export function sqlState(error: unknown): string | undefined {
  return hasCode(error) && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;
}

function hasCode(error: unknown): error is { code: string } {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string';
}
