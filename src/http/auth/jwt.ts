import type { JWTVerifyGetKey, JWTVerifyOptions } from 'jose';
import { ACCOUNT_ID } from '../../domain/ids';
import { UnavailableError } from '../../engine/faults';
import { type Caller, isRole } from '../caller';

export interface JwtOptions {
  readonly jwksUrl: string;
  /** Expected `iss`, when given. */
  readonly issuer?: string;
  /** Expected `aud`, when given. */
  readonly audience?: string;
}

type Jose = typeof import('jose');

/** Signatures that only the issuer can make: nothing symmetric, nothing unsigned. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/** Checks JSON Web Tokens against the keys that their issuer publishes. `sub` is the owner; `role`, if any, the role. */
export class JwtVerifier {
  private constructor(
    private readonly jose: Jose,
    private readonly keys: JWTVerifyGetKey,
    private readonly options: JWTVerifyOptions,
  ) {}

  static async create({ jwksUrl, issuer, audience }: JwtOptions): Promise<JwtVerifier> {
    const jose = await import('jose');
    const keys = jose.createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: 3000, cooldownDuration: 10_000 });
    return new JwtVerifier(jose, keys, {
      algorithms: ALGORITHMS,
      requiredClaims: ['sub', 'exp'],
      clockTolerance: 5,
      ...(issuer !== undefined && { issuer }),
      ...(audience !== undefined && { audience }),
    });
  }

  /** Undefined for a token that is not good. Throws UnavailableError when the keys cannot be had. */
  async verify(token: string): Promise<Caller | undefined> {
    try {
      const { payload } = await this.jose.jwtVerify(token, this.keys, this.options);
      const { sub, role = 'owner' } = payload;
      if (sub === undefined || !ACCOUNT_ID.test(sub) || !isRole(role)) return undefined;
      return { role, owner: sub };
    } catch (error) {
      if (this.isVerdict(error)) return undefined;
      throw new UnavailableError('The keys of the tokens cannot be read', 'not-started', { cause: error });
    }
  }

  /** Whether the error says something about the token, rather than about the way to the keys. */
  private isVerdict(error: unknown): boolean {
    const { JOSEError, JWKSTimeout, JWKSInvalid } = this.jose.errors;
    if (!(error instanceof JOSEError) || error instanceof JWKSTimeout || error instanceof JWKSInvalid) return false;
    // The class itself is how jose reports that the keys were not served.
    return error.code !== JOSEError.code;
  }
}
