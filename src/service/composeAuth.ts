import { type Config, ConfigError } from '../config';
import type { Log } from '../engine/log';
import { type Authenticator, isLoopback, openAuthenticator, tokenAuthenticator } from '../http/auth/authenticator';
import type { JwtOptions } from '../http/auth/jwt';

/** Who may call, as configured. Refuses to serve everybody on an address that others can reach. */
export async function composeAuth(config: Config, log: Log): Promise<Authenticator> {
  const { AUTH_TOKENS, AUTH_JWKS_URL, HOST } = config;
  if (AUTH_TOKENS === undefined && AUTH_JWKS_URL === undefined) {
    if (!isLoopback(HOST)) {
      throw new ConfigError(
        `The configuration is not usable:\n  HOST: ${HOST} can be reached by others, so AUTH_TOKENS or AUTH_JWKS_URL must say who may call`,
      );
    }
    log.warn({ host: HOST }, 'no authentication: everybody on this machine is served, demo tokens are accepted');
    return openAuthenticator();
  }
  const jwt = jwtOptions(config, log);
  try {
    return await tokenAuthenticator({ tokens: AUTH_TOKENS, jwt });
  } catch (error) {
    throw new ConfigError(
      `The configuration is not usable:\n  AUTH_TOKENS: ${error instanceof Error ? error.message : 'cannot be read'}`,
    );
  }
}

/** Without issuer and audience a token would do that the same keys signed for another service. */
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
