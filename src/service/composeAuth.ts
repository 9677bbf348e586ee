import { type Config, ConfigError } from '../config';
import type { Log } from '../engine/log';
import { type Authenticator, isLoopback, openAuthenticator, tokenAuthenticator } from '../http/auth/authenticator';
import type { JwtOptions } from '../http/auth/jwt';
import type { Lifecycle } from './lifecycle';
import { every } from './timing';
import { TokensFile } from './tokensFile';

/** The longest time for which a token that was removed from its file is still accepted. */
const READ_AGAIN_MS = 1_000;

/** Who may call, as configured. Refuses to serve every caller on an address that other machines can reach. */
export async function composeAuth(config: Config, log: Log, life: Lifecycle): Promise<Authenticator> {
  const { AUTH_TOKENS, AUTH_TOKENS_FILE, HOST } = config;
  if (!isAuthenticated(config)) {
    if (!isLoopback(HOST)) {
      throw new ConfigError(
        `The configuration is not usable:\n  HOST: ${HOST} can be reached by others, so AUTH_TOKENS, AUTH_TOKENS_FILE or AUTH_JWKS_URL must say who may call`,
      );
    }
    log.warn({ host: HOST }, 'no authentication: every caller on this machine is served, demo tokens are accepted');
    return openAuthenticator();
  }
  const jwt = jwtOptions(config, log);
  const moreTokens = AUTH_TOKENS_FILE === undefined ? undefined : await openTokens(AUTH_TOKENS_FILE, log, life);
  return usable('AUTH_TOKENS', () => tokenAuthenticator({ tokens: AUTH_TOKENS, moreTokens, jwt }));
}

/** Whether a setting says who may call. */
export function isAuthenticated({ AUTH_TOKENS, AUTH_TOKENS_FILE, AUTH_JWKS_URL }: Config): boolean {
  return AUTH_TOKENS !== undefined || AUTH_TOKENS_FILE !== undefined || AUTH_JWKS_URL !== undefined;
}

async function openTokens(path: string, log: Log, life: Lifecycle): Promise<TokensFile> {
  const tokens = await usable('AUTH_TOKENS_FILE', () => TokensFile.open(path, log));
  life.started(
    'tokens',
    every(READ_AGAIN_MS, () => tokens.check(), log, 'the tokens could not be read again'),
  );
  return tokens;
}

async function usable<T>(variable: string, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    throw new ConfigError(
      `The configuration is not usable:\n  ${variable}: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** Without an issuer and an audience, the service would accept a token that the same keys signed for another service. */
function jwtOptions(config: Config, log: Log): JwtOptions | undefined {
  const { AUTH_JWKS_URL: jwksUrl, AUTH_JWT_ISSUER: issuer, AUTH_JWT_AUDIENCE: audience } = config;
  if (jwksUrl === undefined) return undefined;
  if (issuer !== undefined && audience !== undefined) {
    const { AUTH_JWT_OWNER_CLAIM: ownerClaim, AUTH_JWT_ROLE_CLAIM: roleClaim } = config;
    return { jwksUrl, issuer, audience, ownerClaim, roleClaim, log };
  }
  const missing = [issuer === undefined && 'AUTH_JWT_ISSUER', audience === undefined && 'AUTH_JWT_AUDIENCE'];
  const lines = missing.filter((name) => name !== false).map((name) => `  ${name}: is required with AUTH_JWKS_URL`);
  throw new ConfigError(`The configuration is not usable:\n${lines.join('\n')}`);
}
