import type { IncomingHttpHeaders } from 'node:http';

/** Names, addresses and ports. What else a `Host` may say does not get into a page. */
const HOST = /^[A-Za-z0-9.-]+(:\d{1,5})?$|^\[[0-9A-Fa-f:.]+\](:\d{1,5})?$/;

/** The address under which the service was asked, for people to copy. */
export function addressOf(headers: IncomingHttpHeaders): string {
  const { host = '', 'x-forwarded-proto': forwarded } = headers;
  const scheme = forwarded === 'https' ? 'https' : 'http';
  return `${scheme}://${HOST.test(host) ? host : 'localhost'}`;
}
