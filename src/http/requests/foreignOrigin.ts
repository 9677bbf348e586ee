import type { IncomingMessage } from 'node:http';

/** Methods that change nothing, here or on the dashboard. */
const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Whether a page of another origin makes the browser send this request, and the request would change state. Browsers
 * report that in `Sec-Fetch-Site` (over plain HTTP only to loopback addresses) and in `Origin`; other clients send
 * neither. A page on another port of the same machine is foreign too. Modelled on Go's http.CrossOriginProtection, but
 * stricter: each header alone can refuse.
 */
export function isForeign({ method, headers }: IncomingMessage, allowedOrigins: readonly string[]): boolean {
  if (method === undefined || SAFE.has(method)) return false;
  const { origin, host } = headers;
  const site = headers['sec-fetch-site'];
  if (origin !== undefined && allowedOrigins.includes(origin)) return false;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  if (origin === undefined) return false;
  // Our own pages' forms send `null`, because of our referrer policy.
  if (origin === 'null') return site !== 'same-origin';
  return !isOwn(origin, host);
}

/** Compares only name and port: a proxy in front may use TLS where this process does not. */
function isOwn(origin: string, host: string | undefined): boolean {
  if (host === undefined || !URL.canParse(origin)) return false;
  const own = new URL(origin);
  const asked = `${own.protocol}//${host}`;
  return URL.canParse(asked) && new URL(asked).host === own.host;
}
