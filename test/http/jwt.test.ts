import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CryptoKey, JWK } from 'jose';
import { UnavailableError } from '../../src/engine/faults';
import { JwtVerifier } from '../../src/http/auth/jwt';

describe('JSON Web Tokens', () => {
  let server: Server;
  let jwksUrl: string;
  let verifier: JwtVerifier;
  let privateKey: CryptoKey;
  let published: JWK[];
  let jose: typeof import('jose');

  beforeAll(async () => {
    jose = await import('jose');
    const pair = await jose.generateKeyPair('ES256');
    privateKey = pair.privateKey;
    published = [{ ...(await jose.exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256' }];
    server = createServer((_request, response) => response.end(JSON.stringify({ keys: published })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    verifier = await JwtVerifier.create({ jwksUrl, issuer: 'https://issuer', audience: 'tandem' });
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  interface Claims {
    readonly sub?: string;
    readonly role?: string;
    readonly iss?: string;
    readonly aud?: string;
    readonly exp?: string | undefined;
  }

  function sign({ sub = 'alice', iss = 'https://issuer', aud = 'tandem', ...claims }: Claims, key = privateKey) {
    const exp = 'exp' in claims ? claims.exp : '5m';
    const token = new jose.SignJWT(claims.role === undefined ? {} : { role: claims.role })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
      .setSubject(sub)
      .setIssuer(iss)
      .setAudience(aud);
    if (exp !== undefined) token.setExpirationTime(exp);
    return token.sign(key);
  }

  it('knows the owner and the role that a good token names', async () => {
    expect(await verifier.verify(await sign({}))).toEqual({ role: 'owner', owner: 'alice' });
    expect(await verifier.verify(await sign({ sub: 'shop', role: 'service' }))).toEqual({
      role: 'service',
      owner: 'shop',
    });
  });

  it.each<[string, Claims]>([
    ['expired', { exp: '-1m' }],
    ['without an end', { exp: undefined }],
    ['of another issuer', { iss: 'https://other' }],
    ['for another audience', { aud: 'other' }],
    ['with a role that there is not', { role: 'root' }],
    ['of an owner that cannot be an account', { sub: '../x' }],
  ])('knows nobody by a token %s', async (_name, claims) => {
    expect(await verifier.verify(await sign(claims))).toBeUndefined();
  });

  it('knows nobody by a token that another key signed, or none', async () => {
    const other = await jose.generateKeyPair('ES256');
    expect(await verifier.verify(await sign({}, other.privateKey))).toBeUndefined();
    const unsigned = new jose.UnsecuredJWT({}).setSubject('alice').setExpirationTime('5m').encode();
    expect(await verifier.verify(unsigned)).toBeUndefined();
    expect(await verifier.verify('a.b.c')).toBeUndefined();
  });

  it('does not take a token for signed that was made with the public key as a secret', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(published[0]));
    const forged = await new jose.SignJWT({})
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject('alice')
      .setExpirationTime('5m')
      .sign(secret);
    expect(await verifier.verify(forged)).toBeUndefined();
  });

  it('says that it cannot tell when the keys are not to be had', async () => {
    const away = await JwtVerifier.create({ jwksUrl: 'http://127.0.0.1:1/jwks' });
    await expect(away.verify(await sign({}))).rejects.toThrow(UnavailableError);
  });
});
