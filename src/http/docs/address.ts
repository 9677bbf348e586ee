import type { IncomingHttpHeaders } from 'node:http';

/** Matches names, addresses and ports. Any other text in `Host` is kept out of pages. */
const HOST = /^[A-Za-z0-9.-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](:\d{1,5})?$/;

/** The address of the service in the request, for people to copy. */
export function addressOf(headers: IncomingHttpHeaders): string {
  const { host = '', 'x-forwarded-proto': forwarded } = headers;
  const scheme = forwarded === 'https' ? 'https' : 'http';
  return `${scheme}://${HOST.test(host) ? host : 'localhost'}`;
}
