import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CryptoKey, JWK } from 'jose';
import { loadConfig } from '../../src/config';
import { UnavailableError } from '../../src/engine/faults';
import { tokenAuthenticator } from '../../src/http/auth/authenticator';
import { JwtVerifier } from '../../src/http/auth/jwt';
import { composeAuth } from '../../src/service/composeAuth';
import { Lifecycle } from '../../src/service/lifecycle';
import { freePort } from '../kit/ports';
import { eventually } from '../kit/wait';
import { WARN } from '../support/logLines';
import { MemoryLog } from '../support/memoryLog';
import { Edge } from './edgeHarness';

describe('JSON Web Tokens', () => {
  let server: Server;
  let jwksUrl: string;
  let verifier: JwtVerifier;
  let privateKey: CryptoKey;
  let published: JWK[];
  let jose: typeof import('jose');
  const log = new MemoryLog();
  const life = new Lifecycle(log);

  beforeAll(async () => {
    jose = await import('jose');
    const pair = await jose.generateKeyPair('ES256');
    privateKey = pair.privateKey;
    published = [{ ...(await jose.exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256' }];
    server = createServer((_request, response) => response.end(JSON.stringify({ keys: published })));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
    jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks`;
    verifier = await JwtVerifier.create({
      jwksUrl,
      issuer: 'https://issuer',
      audience: 'tandem',
      log: new MemoryLog(),
    });
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const NOW = Math.floor(Date.now() / 1000);
  const GOOD = { sub: 'alice', iss: 'https://issuer', aud: 'tandem', exp: NOW + 300 };

  /** Signed by the issuer, whatever the claims are; a claim that is undefined is left out. */
  function sign(claims: Readonly<Record<string, unknown>>, key = privateKey): Promise<string> {
    return new jose.SignJWT({ ...GOOD, ...claims }).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(key);
  }

  const refused = (why: string | RegExp) => ({ kind: 'refused', why: expect.stringMatching(why) });
  const owner = (name: string) => ({ kind: 'known', caller: { role: 'owner', owner: name } });

  it('knows the owner and the role that a good token names', async () => {
    expect(await verifier.verify(await sign({}))).toEqual(owner('alice'));
    expect(await verifier.verify(await sign({ aud: ['other', 'tandem'] }))).toEqual(owner('alice'));
    expect(await verifier.verify(await sign({ sub: 'shop', role: 'service' }))).toEqual({
      kind: 'known',
      caller: { role: 'service', owner: 'shop' },
    });
  });

  it.each<[string, Readonly<Record<string, unknown>>, string]>([
    ['expired', { exp: NOW - 60 }, 'The token has expired.'],
    ['not valid yet', { nbf: NOW + 60 }, 'The claim nbf does not fit: the token is not valid yet.'],
    ['without an end', { exp: undefined }, 'The claim exp is missing.'],
    ['of another issuer', { iss: 'https://other' }, 'The claim iss does not fit: the token is of another issuer.'],
    ['without an issuer', { iss: undefined }, 'The claim iss is missing.'],
    ['for another audience', { aud: 'other' }, 'The claim aud does not fit: the token is for another audience.'],
    ['for no audience', { aud: undefined }, 'The claim aud is missing.'],
    ['without an owner', { sub: undefined }, 'The claim sub is missing.'],
    ['with a role that there is not', { role: 'root' }, '^The claim role does not fit: .* owner, service, admin.$'],
    ['with a list of roles', { role: ['admin'] }, '^The claim role does not fit'],
    ['without any role, though it says that it has one', { role: null }, '^The claim role does not fit'],
    ['of an owner that cannot be an account', { sub: '../x' }, '^The claim sub does not fit: it must be a string'],
    ['of a list with an owner', { sub: ['alice'] }, '^The claim sub does not fit: it must be a string'],
    ['of a number', { sub: 1042 }, '^The claim sub does not fit: it must be a string'],
  ])('refuses a token %s, and says so', async (_name, claims, why) => {
    expect(await verifier.verify(await sign(claims))).toEqual(refused(why));
  });

  it('takes what a new key signed as soon as it is published, and goes on taking the old one until that is withdrawn', async () => {
    const pair = await jose.generateKeyPair('ES256');
    const signed = await new jose.SignJWT(GOOD).setProtectedHeader({ alg: 'ES256', kid: 'k2' }).sign(pair.privateKey);
    const options = { jwksUrl, issuer: 'https://issuer', audience: 'tandem', log };
    const rotating = await JwtVerifier.create(options);
    const old = published;
    expect(await rotating.verify(await sign({}))).toEqual(owner('alice'));
    expect(await rotating.verify(signed)).toEqual(refused('No published key fits the token.'));
    published = [...old, { ...(await jose.exportJWK(pair.publicKey)), kid: 'k2', alg: 'ES256' }];
    // The keys are asked for again when a token names one that is not known, ten seconds after the last time at the soonest.
    await eventually('it is taken', async () => ((await rotating.verify(signed)).kind === 'known' ? true : undefined), {
      deadlineMs: 60_000,
      everyMs: 250,
    });
    expect(await rotating.verify(await sign({}))).toEqual(owner('alice'));
    published = old;
  });

  it('takes owner and role from the claims that it is told to', async () => {
    const options = { jwksUrl, issuer: 'https://issuer', audience: 'tandem', log: new MemoryLog() };
    const named = { ...options, ownerClaim: 'https://tandem/account', roleClaim: 'tandem_role' };
    const other = await JwtVerifier.create(named);
    const claims = { sub: 'auth0|5', role: 'admin', 'https://tandem/account': 'alice' };
    expect(await other.verify(await sign(claims))).toEqual(owner('alice'));
    expect(await other.verify(await sign({ ...claims, tandem_role: 'service' }))).toMatchObject({
      caller: { role: 'service', owner: 'alice' },
    });
    expect(await other.verify(await sign({}))).toEqual(refused('The claim https://tandem/account is missing.'));
    const inherited = await JwtVerifier.create({ ...options, ownerClaim: 'constructor' });
    expect(await inherited.verify(await sign({}))).toMatchObject({ kind: 'refused' });
  });

  it('refuses a token that another key signed, or none', async () => {
    const other = await jose.generateKeyPair('ES256');
    expect(await verifier.verify(await sign({}, other.privateKey))).toEqual(
      refused('The signature of the token does not fit.'),
    );
    const unknown = await new jose.SignJWT(GOOD).setProtectedHeader({ alg: 'ES256', kid: 'k2' }).sign(other.privateKey);
    expect(await verifier.verify(unknown)).toEqual(refused('No published key fits the token.'));
    const unsigned = new jose.UnsecuredJWT({}).setSubject('alice').setExpirationTime('5m').encode();
    expect(await verifier.verify(unsigned)).toMatchObject({ kind: 'refused' });
    expect(await verifier.verify('a.b.c')).toEqual(refused('The token is not a well-formed JSON Web Token.'));
  });

  it('does not take a token for signed that was made with the public key as a secret', async () => {
    const secret = new TextEncoder().encode(JSON.stringify(published[0]));
    const forged = await new jose.SignJWT(GOOD).setProtectedHeader({ alg: 'HS256' }).sign(secret);
    expect(await verifier.verify(forged)).toEqual(refused('The token is signed by an algorithm that is not taken.'));
  });

  it('says that it cannot tell when the keys are not to be had', async () => {
    const options = {
      jwksUrl: 'http://127.0.0.1:1/jwks',
      issuer: 'https://issuer',
      audience: 'tandem',
      log: new MemoryLog(),
    };
    const away = await JwtVerifier.create(options);
    await expect(away.verify(await sign({}))).rejects.toThrow(UnavailableError);
  });

  it('says once that the keys went away and once that they are back, however many tokens come', async () => {
    const log = new MemoryLog();
    const port = await freePort();
    const options = { jwksUrl: `http://127.0.0.1:${port}/jwks`, issuer: 'https://issuer', audience: 'tandem', log };
    const edge = new Edge({ authenticator: await tokenAuthenticator({ jwt: options }) });
    const client = (await edge.start()).as(await sign({}));
    const ask = async (status: number, times: number): Promise<void> => {
      for (let n = 0; n < times; n += 1) expect((await client.get('/account/alice/balance')).status).toBe(status);
    };
    await ask(503, 5);
    expect(log.messages('warn')).toEqual(['the keys of tokens cannot be read']);
    expect(log.lines[0]?.fields).toEqual({ reason: expect.stringContaining('ECONNREFUSED') });
    // Said once, it need not be said of every request.
    expect(edge.lines().filter(({ level }) => Number(level) >= WARN)).toEqual([]);

    const back = createServer((_request, response) => response.end(JSON.stringify({ keys: published })));
    await new Promise<void>((resolve) => back.listen(port, '127.0.0.1', () => resolve()));
    await ask(404, 3);
    expect(log.messages('info')).toEqual(['the keys of tokens can be read again']);
    back.closeAllConnections();
    back.close();
    await edge.stop();
  });

  it('answers who sends a refused token with the reason, which is logged without the token', async () => {
    const jwt = { jwksUrl, issuer: 'https://issuer', audience: 'tandem', log: new MemoryLog() };
    const edge = new Edge({ authenticator: await tokenAuthenticator({ jwt }) });
    const client = await edge.start();
    const token = await sign({ sub: ['alice'] });
    const reply = await client.as(token).get('/wallet/balance');
    const why = 'The claim sub does not fit: it must be a string that can name an account.';
    expect(reply).toMatchObject({ status: 401, body: { code: 'unauthenticated', detail: why } });
    expect(reply.headers.get('www-authenticate')).toBe(`Bearer error="invalid_token", error_description="${why}"`);
    expect(edge.lines()).toContainEqual(expect.objectContaining({ level: 30, msg: 'token refused', why }));
    for (const part of token.split('.')) expect(edge.logged.join('')).not.toContain(part);
    await edge.stop();
  });

  it.each([
    ['AUTH_JWT_ISSUER', 'AUTH_JWT_AUDIENCE'],
    ['AUTH_JWT_AUDIENCE', 'AUTH_JWT_ISSUER'],
  ])('does not start when %s is missing', async (missing, given) => {
    const config = loadConfig({ AUTH_JWKS_URL: jwksUrl, [given]: 'x' });
    await expect(composeAuth(config, log, life)).rejects.toThrow(`${missing}: is required with AUTH_JWKS_URL`);
  });

  it('names both when issuer and audience are missing', async () => {
    const config = loadConfig({ AUTH_JWKS_URL: jwksUrl });
    await expect(composeAuth(config, log, life)).rejects.toThrow(/AUTH_JWT_ISSUER: .*\n.*AUTH_JWT_AUDIENCE: /);
  });

  it('starts with all it needs, and then takes no token that was made for another service', async () => {
    const env = { AUTH_JWKS_URL: jwksUrl, AUTH_JWT_ISSUER: 'https://issuer', AUTH_JWT_AUDIENCE: 'tandem' };
    const authenticator = await composeAuth(loadConfig({ ...env, AUTH_JWT_ROLE_CLAIM: 'tandem_role' }), log, life);
    expect(authenticator.anonymous.role).toBe('anonymous');
    expect(await authenticator.verify(await sign({ aud: 'shop', tandem_role: 'admin' }))).toMatchObject({
      kind: 'refused',
    });
    expect(await authenticator.verify(await sign({ tandem_role: 'admin' }))).toMatchObject({
      caller: { role: 'admin' },
    });
  });

  it.each(['a b', 'a"b', 'a\\b', 'ä'])('takes no claim of the name %s, which no header could carry', (name) => {
    expect(() => loadConfig({ AUTH_JWT_OWNER_CLAIM: name })).toThrow('AUTH_JWT_OWNER_CLAIM: must be');
  });
});
