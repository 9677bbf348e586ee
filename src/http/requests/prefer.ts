import type { IncomingHttpHeaders } from 'node:http';

/**
 * Whether the client asks for an immediate answer: `Prefer: respond-async` (RFC 7240, 4.1), among other preferences.
 */
export function prefersAsync(headers: IncomingHttpHeaders): boolean {
  const { prefer } = headers;
  if (prefer === undefined) return false;
  const preferences = Array.isArray(prefer) ? prefer.join(',') : prefer;
  return preferences.split(/[,;]/).some((preference) => preference.trim().toLowerCase() === 'respond-async');
}
