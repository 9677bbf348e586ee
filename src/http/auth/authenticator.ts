import { type Caller, OPEN_OWNER, UNKNOWN_CALLER } from '../requests/caller';
import { type JwtOptions, JwtVerifier } from './jwt';
import { StaticTokens } from './staticTokens';
import { known, refusedToken, type Verdict } from './verdict';

/** Finds out who is asking. */
export interface Authenticator {
  /** Who a request without a token counts as. */
  readonly anonymous: Caller;
  /** Throws UnavailableError when it cannot be found out now whose the token is. */
  verify(token: string): Promise<Verdict> | Verdict;
}

/** Who has a token; the callers may change while the service runs. */
export interface TokenSource {
  find(token: string): Caller | undefined;
}

export interface AuthenticatorOptions {
  /** As `StaticTokens` reads them. */
  readonly tokens?: string | undefined;
  /** Others, asked for what is not among those. */
  readonly moreTokens?: TokenSource | undefined;
  readonly jwt?: JwtOptions | undefined;
}

/** The callers of a service that only this machine can reach. They are no secret, and in the README. */
const DEMO_TOKENS = 'alice-token=alice,bob-token=bob,carol-token=carol,admin-token=admin:admin';

/** Serves every caller as a service. Only for an address that this machine alone can reach. */
export function openAuthenticator(): Authenticator {
  const tokens = StaticTokens.parse(DEMO_TOKENS);
  return { anonymous: { role: 'service', owner: OPEN_OWNER }, verify: (token) => verdictOf(tokens.find(token)) };
}

/** Serves those who have a token. Throws when the tokens are not as they should be written. */
export async function tokenAuthenticator(options: AuthenticatorOptions): Promise<Authenticator> {
  const tokens = StaticTokens.parse(options.tokens ?? '');
  const jwt = options.jwt && (await JwtVerifier.create(options.jwt));
  return {
    anonymous: UNKNOWN_CALLER,
    verify(token) {
      const caller = tokens.find(token) ?? options.moreTokens?.find(token);
      return !caller && jwt && looksLikeJwt(token) ? jwt.verify(token) : verdictOf(caller);
    },
  };
}

function verdictOf(caller: Caller | undefined): Verdict {
  return caller ? known(caller) : refusedToken('The token is not known here.');
}

/** Saves asking for keys on behalf of what cannot be a JWT. */
function looksLikeJwt(token: string): boolean {
  return token.split('.').length === 3;
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
