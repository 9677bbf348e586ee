import { type Caller, NOBODY } from '../caller';
import { JwtVerifier } from './jwt';
import { StaticTokens } from './staticTokens';

/** Finds out who is asking. */
export interface Authenticator {
  /** Who a request without a token counts as. */
  readonly anonymous: Caller;
  /** Undefined for a token that nobody has. Throws UnavailableError when that cannot be found out now. */
  verify(token: string): Promise<Caller | undefined> | Caller | undefined;
}

export interface AuthenticatorOptions {
  readonly tokens?: string | undefined;
  readonly jwksUrl?: string | undefined;
  readonly jwtIssuer?: string | undefined;
  readonly jwtAudience?: string | undefined;
}

/** The callers of a service that only this machine can reach. They are no secret, and in the README. */
const DEMO_TOKENS = 'alice-token=alice,bob-token=bob,carol-token=carol,admin-token=admin:admin';

/** Serves whoever comes, as a service. Only for an address that nobody else can reach. */
export function openAuthenticator(): Authenticator {
  const tokens = StaticTokens.parse(DEMO_TOKENS);
  return { anonymous: { role: 'service', owner: 'anonymous' }, verify: (token) => tokens.find(token) };
}

/** Serves those who have a token. Throws when the tokens are not as they should be written. */
export async function tokenAuthenticator(options: AuthenticatorOptions): Promise<Authenticator> {
  const { tokens, jwksUrl, jwtIssuer, jwtAudience } = options;
  const known = StaticTokens.parse(tokens ?? '');
  const jwt =
    jwksUrl !== undefined &&
    (await JwtVerifier.create({
      jwksUrl,
      ...(jwtIssuer !== undefined && { issuer: jwtIssuer }),
      ...(jwtAudience !== undefined && { audience: jwtAudience }),
    }));
  return {
    anonymous: NOBODY,
    verify: (token) => known.find(token) ?? (jwt && looksLikeJwt(token) ? jwt.verify(token) : undefined),
  };
}

/** Saves asking for keys on behalf of what cannot be a JWT. */
function looksLikeJwt(token: string): boolean {
  return token.split('.').length === 3;
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
