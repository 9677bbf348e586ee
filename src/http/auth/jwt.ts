import type { JWTPayload, JWTVerifyOptions, RemoteJWKSet } from 'jose';
import { ACCOUNT_ID } from '../../domain/ids';
import { UnavailableError } from '../../engine/faults';
import type { Log } from '../../engine/log';
import { isRole, ROLES } from '../requests/caller';
import { KeysOutage } from './keysOutage';
import { known, refusedToken, type Verdict } from './verdict';

export interface JwtOptions {
  readonly jwksUrl: string;
  /** Expected `iss`. */
  readonly issuer: string;
  /** Expected `aud`; one of the token's audiences must match. */
  readonly audience: string;
  /** The claim that names the owner; default `sub`. */
  readonly ownerClaim?: string | undefined;
  /** The claim that names the role; default `role`. A token without it is an owner's. */
  readonly roleClaim?: string | undefined;
  /** Receives a line when the keys cannot be read, and one when they can be read again. */
  readonly log: Log;
}

type Jose = typeof import('jose');

/** Signatures that only the issuer can make: no symmetric and no unsigned ones. */
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

/** Checks JSON Web Tokens against the keys that their issuer publishes. */
export class JwtVerifier {
  private constructor(
    private readonly jose: Jose,
    private readonly keys: RemoteJWKSet,
    private readonly outage: KeysOutage,
    private readonly options: JWTVerifyOptions,
    private readonly claims: { readonly owner: string; readonly role: string },
  ) {}

  static async create({ jwksUrl, issuer, audience, ownerClaim, roleClaim, log }: JwtOptions): Promise<JwtVerifier> {
    const jose = await import('jose');
    const keys = jose.createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: 3000, cooldownDuration: 10_000 });
    const claims = { owner: ownerClaim ?? 'sub', role: roleClaim ?? 'role' };
    const options = {
      algorithms: ALGORITHMS,
      requiredClaims: [claims.owner, 'exp'],
      clockTolerance: 5,
      issuer,
      audience,
    };
    return new JwtVerifier(jose, keys, new KeysOutage(log), options, claims);
  }

  /** Rejects with UnavailableError when the keys cannot be fetched. */
  async verify(token: string): Promise<Verdict> {
    try {
      const { payload } = await this.jose.jwtVerify(token, this.keys, this.options);
      this.noteKeys();
      return this.verdictOf(payload);
    } catch (error) {
      if (this.isVerdict(error)) {
        this.noteKeys();
        return refusedToken(this.reasonOf(error));
      }
      this.outage.begin(error);
      throw new UnavailableError('The keys of the tokens cannot be read', 'not-started', {
        cause: error,
        away: 'keys',
      });
    }
  }

  /** Cached keys stay in use while they cannot be refreshed. Only freshly read keys end an outage. */
  private noteKeys(): void {
    if (this.keys.coolingDown) this.outage.end();
  }

  private verdictOf(payload: JWTPayload): Verdict {
    const { [this.claims.owner]: owner, [this.claims.role]: role = 'owner' } = payload;
    // `RegExp.test` converts anything to a string, even a list with one name.
    if (typeof owner !== 'string' || !ACCOUNT_ID.test(owner)) {
      return refusedToken(`The claim ${this.claims.owner} does not fit: it must be a string that can name an account.`);
    }
    if (!isRole(role)) {
      return refusedToken(`The claim ${this.claims.role} does not fit: it must be one of ${ROLES.join(', ')}.`);
    }
    return known({ role, owner });
  }

  /** Whether the error is about the token, not about fetching the keys. */
  private isVerdict(error: unknown): error is InstanceType<Jose['errors']['JOSEError']> {
    const { JOSEError, JWKSTimeout, JWKSInvalid } = this.jose.errors;
    if (!(error instanceof JOSEError) || error instanceof JWKSTimeout || error instanceof JWKSInvalid) return false;
    // jose uses the base class itself to report that the keys were not served.
    return error.code !== JOSEError.code;
  }

  private reasonOf(error: InstanceType<Jose['errors']['JOSEError']>): string {
    const { JWTClaimValidationFailed, JWTExpired } = this.jose.errors;
    if (error instanceof JWTExpired) return 'The token has expired.';
    // Name only the checked claims, not any claim of the token.
    if (error instanceof JWTClaimValidationFailed) {
      return error.reason === 'missing'
        ? `The claim ${error.claim} is missing.`
        : (CLAIM_REASONS.get(error.claim) ?? `The claim ${error.claim} does not fit.`);
    }
    return REASONS.get(error.code) ?? 'The token is not a well-formed JSON Web Token.';
  }
}

const CLAIM_REASONS = new Map([
  ['aud', 'The claim aud does not fit: the token is for another audience.'],
  ['iss', 'The claim iss does not fit: the token is of another issuer.'],
  ['nbf', 'The claim nbf does not fit: the token is not valid yet.'],
]);

const REASONS = new Map([
  ['ERR_JWS_SIGNATURE_VERIFICATION_FAILED', 'The signature of the token does not fit.'],
  ['ERR_JWKS_NO_MATCHING_KEY', 'No published key fits the token.'],
  ['ERR_JWKS_MULTIPLE_MATCHING_KEYS', 'More than one published key fits the token: it must name one by kid.'],
  ['ERR_JOSE_ALG_NOT_ALLOWED', 'The token is signed by an algorithm that is not taken.'],
  ['ERR_JOSE_NOT_SUPPORTED', 'The token is signed in a way that is not known here.'],
]);
