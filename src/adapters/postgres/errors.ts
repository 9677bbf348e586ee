import { UnavailableError } from '../../engine/faults';

/**
 * What a failed statement means for the calls that wait for it.
 * - `conflict`: nothing was written, because another statement wrote the same keys first, or the two deadlocked
 * - `blocked`: nothing was written, because the statement hit the lock timeout or the statement timeout
 * - `away`: the database could not be reached, went away or has no room; the outcome may be unknown
 * - `offender`: some row of the statement is at fault
 */
export type StatementFault = 'conflict' | 'blocked' | 'away' | 'offender';

const CONFLICT = new Set(['40001', '40P01', '23505']);
const LOCK_TIMEOUT = '55P03';
const BLOCKED = new Set([LOCK_TIMEOUT, '57014']);
/** Class 08: connection exceptions. Class 53: no room. 57P0x: an administrator or a crash ended the session. */
const AWAY = new Set(['57P01', '57P02', '57P03', '57P05', '25006']);
/** SQLSTATEs after which the statement certainly did nothing: it never began, or it was rolled back. */
const DID_NOTHING = new Set(['57P03', '25006']);

/** Source of the codes: PostgreSQL, appendix A. An error without a SQLSTATE comes from the connection. */
export function classify(error: unknown): StatementFault {
  const code = sqlState(error);
  if (code === undefined || code.startsWith('08') || code.startsWith('53') || AWAY.has(code)) return 'away';
  if (CONFLICT.has(code)) return 'conflict';
  return BLOCKED.has(code) ? 'blocked' : 'offender';
}

/** The error for a statement that was ended because it took too long. It did nothing. */
export function timedOut(error: unknown): UnavailableError {
  return sqlState(error) === LOCK_TIMEOUT
    ? new UnavailableError('Lock timeout', 'not-started', { cause: error, away: 'lock' })
    : new UnavailableError('Statement timeout', 'not-started', { cause: error });
}

/** SQLSTATEs with which a server ends a session. */
const SESSION_ENDED = new Set(['57P01', '57P02', '57P05']);
const SOCKET_ENDED = new Set(['ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

/** Whether an error reports only a lost connection to PostgreSQL. Source of the message: pg's client. */
export function isLostConnection(error: unknown): boolean {
  if (SESSION_ENDED.has(sqlState(error) ?? '')) return true;
  if (hasCode(error) && SOCKET_ENDED.has(error.code)) return true;
  return error instanceof Error && error.message === 'Connection terminated unexpectedly';
}

/** Whether the server's disk, tablespace or quota is full. */
export function isWithoutRoom(error: unknown): boolean {
  return sqlState(error) === '53100';
}

export function neverBegan(error: unknown): boolean {
  if (error instanceof UnavailableError) return error.outcome === 'not-started';
  const code = sqlState(error);
  if (code !== undefined) return DID_NOTHING.has(code) || code.startsWith('53');
  return false;
}

/** The SQLSTATE of an error, if PostgreSQL itself reported it. */
export function sqlState(error: unknown): string | undefined {
  return hasCode(error) && /^[0-9A-Z]{5}$/.test(error.code) ? error.code : undefined;
}

function hasCode(error: unknown): error is { code: string } {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string';
}
