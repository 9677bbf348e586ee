import { type Config, ConfigError } from './config';
import type { Log } from './engine/ports';
import { type Authenticator, isLoopback, openAuthenticator, tokenAuthenticator } from './http/auth/authenticator';

/** Who may call, as configured. Refuses to serve everybody on an address that others can reach. */
export async function composeAuth(config: Config, log: Log): Promise<Authenticator> {
  const { AUTH_TOKENS, AUTH_JWKS_URL, AUTH_JWT_ISSUER, AUTH_JWT_AUDIENCE, HOST } = config;
  if (AUTH_TOKENS === undefined && AUTH_JWKS_URL === undefined) {
    if (!isLoopback(HOST)) {
      throw new ConfigError(
        `The configuration is not usable:\n  HOST: ${HOST} can be reached by others, so AUTH_TOKENS or AUTH_JWKS_URL must say who may call`,
      );
    }
    log.warn({ host: HOST }, 'no authentication: everybody on this machine is served, demo tokens are accepted');
    return openAuthenticator();
  }
  try {
    return await tokenAuthenticator({
      tokens: AUTH_TOKENS,
      jwksUrl: AUTH_JWKS_URL,
      jwtIssuer: AUTH_JWT_ISSUER,
      jwtAudience: AUTH_JWT_AUDIENCE,
    });
  } catch (error) {
    throw new ConfigError(
      `The configuration is not usable:\n  AUTH_TOKENS: ${error instanceof Error ? error.message : 'cannot be read'}`,
    );
  }
}
