import { readFileSync } from 'node:fs';
import { type Config, ConfigError } from '../../config';
import { isLoopback } from '../../http/auth/authenticator';
import { StaticTokens } from '../../http/auth/staticTokens';
import { composeAuth, isAuthenticated } from '../../service/composeAuth';
import { Lifecycle } from '../../service/lifecycle';
import { createLog } from '../../service/log';
import { type Finding, findingsOf, messageOf } from './finding';

const { ok, advice, wrong } = findingsOf('access');
const KEYS_ANSWER_MS = 5_000;

/** Findings about who may call. They name no token. */
export async function aboutAccess(config: Config): Promise<Finding[]> {
  const { AUTH_TOKENS = '', AUTH_TOKENS_FILE, AUTH_JWKS_URL, HOST } = config;
  const log = createLog('silent');
  const life = new Lifecycle(log);
  try {
    await composeAuth(config, log, life);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [wrong(messageOf(error), 'Correct the variable that is named; docs/security.md has the form of tokens.')];
  } finally {
    await life.stop();
  }
  if (!isAuthenticated(config)) {
    return [
      advice(
        `there is no authentication: every caller that reaches ${HOST} is served, as on a machine for trying it out`,
        'Set AUTH_TOKENS, AUTH_TOKENS_FILE or AUTH_JWKS_URL before anything but this machine can reach it: docs/security.md.',
      ),
    ];
  }
  const inFile = AUTH_TOKENS_FILE === undefined ? '' : readFileSync(AUTH_TOKENS_FILE, 'utf8');
  return [
    ...aboutTokens(`${AUTH_TOKENS}\n${inFile}`),
    ...(AUTH_JWKS_URL === undefined ? [] : [await aboutKeys(AUTH_JWKS_URL)]),
  ];
}

/** 32 characters of base64 or hex are 128 bits or more. */
const TOKEN_LENGTH_GOOD = 32;

function aboutTokens(text: string): Finding[] {
  const lengths = StaticTokens.entriesOf(text).map((entry) => entry.lastIndexOf('='));
  if (lengths.length === 0) return [];
  const short = lengths.filter((length) => length < TOKEN_LENGTH_GOOD).length;
  return short === 0
    ? [ok(`${lengths.length} tokens, each long enough not to be guessed`)]
    : [
        advice(
          `${short} of ${lengths.length} tokens are shorter than ${TOKEN_LENGTH_GOOD} characters: they might be guessed`,
          'Make new ones with: openssl rand -hex 32',
        ),
      ];
}

async function aboutKeys(address: string): Promise<Finding> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(KEYS_ANSWER_MS) });
    const { keys } = (await response.json()) as { readonly keys?: readonly unknown[] };
    if (!Array.isArray(keys) || keys.length === 0) throw new Error(`answered ${response.status} with no keys`);
    if (new URL(address).protocol === 'http:' && !isLoopback(new URL(address).hostname)) {
      return advice(
        'AUTH_JWKS_URL is not https: who stands between can give the service keys of its own',
        'Let the issuer serve its keys by https.',
      );
    }
    return ok(`AUTH_JWKS_URL serves ${keys.length} keys`);
  } catch (error) {
    return wrong(
      `the keys at AUTH_JWKS_URL cannot be had: ${messageOf(error)}`,
      'Correct the address, or let this machine reach it; until then every JSON Web Token is answered 503.',
    );
  }
}
