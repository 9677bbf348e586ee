import { type Caller, OPEN_OWNER, UNKNOWN_CALLER } from '../requests/caller';
import { type JwtOptions, JwtVerifier } from './jwt';
import { StaticTokens } from './staticTokens';
import { known, refusedToken, type Verdict } from './verdict';

/** Identifies the caller. */
export interface Authenticator {
  /** The caller that a request without a token counts as. */
  readonly anonymous: Caller;
  /** Throws UnavailableError when the token cannot be checked now. */
  verify(token: string): Promise<Verdict> | Verdict;
}

/** Maps tokens to callers; the callers may change while the service runs. */
export interface TokenSource {
  find(token: string): Caller | undefined;
}

export interface AuthenticatorOptions {
  /** Tokens in the format of `StaticTokens`. */
  readonly tokens?: string | undefined;
  /** A second source, for tokens that are not in `tokens`. */
  readonly moreTokens?: TokenSource | undefined;
  readonly jwt?: JwtOptions | undefined;
}

/** The callers of a service that only this machine can reach. These tokens are no secret; the README has them. */
const DEMO_TOKENS = 'alice-token=alice,bob-token=bob,carol-token=carol,admin-token=admin:admin';

/** Treats every caller as a service. Only for an address that this machine alone can reach. */
export function openAuthenticator(): Authenticator {
  const tokens = StaticTokens.parse(DEMO_TOKENS);
  return { anonymous: { role: 'service', owner: OPEN_OWNER }, verify: (token) => verdictOf(tokens.find(token)) };
}

/** Serves callers with a token. Rejects when the tokens are malformed. */
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

/** Avoids fetching keys for a token that cannot be a JWT. */
function looksLikeJwt(token: string): boolean {
  return token.split('.').length === 3;
}

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
