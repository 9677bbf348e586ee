import type { IncomingHttpHeaders } from 'node:http';

/**
 * The token of a request. A browser sends it as the password of HTTP Basic, with any user name, and then with every
 * request of our pages. `foreignOrigin` refuses earlier any state-changing request that a page of another origin makes
 * the browser send.
 */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly token: string }
  /** The client sent a credential that is not a token. */
  | { readonly kind: 'unusable' };

const SCHEME = /^(bearer|basic) +(\S{1,8192}) *$/i;

export function credentialsOf({ authorization }: IncomingHttpHeaders): Credentials {
  if (authorization === undefined) return { kind: 'none' };
  const [, scheme, value] = SCHEME.exec(authorization) ?? [];
  if (scheme === undefined || value === undefined) return { kind: 'unusable' };
  if (scheme.toLowerCase() === 'bearer') return { kind: 'token', token: value };
  const [, password] = /^[^:]*:(.*)$/s.exec(Buffer.from(value, 'base64').toString('utf8')) ?? [];
  return password ? { kind: 'token', token: password } : { kind: 'unusable' };
}
