import { Store } from './store.mjs';

/**
 * @typedef {import('../http/schemas/transferView').TransferView} Transfer
 * @typedef {{ code: string, title?: string, detail?: string, transferId?: string, errors?: { path: string, message: string }[] }} Problem
 * @typedef {{ state: 'up' } | { state: 'away', since: number, why: string }} Connection
 */

const PATIENCE_MS = 20_000;
const HEARTBEAT_MS = 3_000;
const AWAY_EVERY_MS = 700;
const RESTS = 10;
const REST_MAX_MS = 10_000;

/**
 * How long a page rests after it has read: ten times as long as the answers took, but at most `REST_MAX_MS`, and at
 * least `atLeastMs`. A busy service answers slowly, so each page asks it less often. The same holds when many pages are
 * open.
 * @param {number} atLeastMs
 * @param {number} tookMs
 */
export const restMs = (atLeastMs, tookMs) => Math.max(atLeastMs, Math.min(RESTS * tookMs, REST_MAX_MS));

/**
 * Whether the service answers, as seen from this page.
 * @type {Store<Connection>}
 */
export const connection = new Store({ state: 'up' });

/** Counts how often the service came back. The page then reads its data again. */
export const returns = new Store(0);

/**
 * The checks in the service's last readiness answer; undefined before the first one.
 * @type {Store<Readonly<Record<string, { ok: boolean, detail?: string }>> | undefined>}
 */
export const readiness = new Store(/** @type {any} */ (undefined));

/** The service answered with a refusal. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {Problem} problem
   */
  constructor(status, problem) {
    super(wordsOf(status, problem));
    this.status = status;
    this.code = problem.code;
    this.transferId = problem.transferId;
  }
}

/** No answer came, or the service answered that it cannot answer now. */
export class Away extends Error {}

/**
 * @param {number} status
 * @param {Problem} problem
 */
function wordsOf(status, { title, detail, errors }) {
  const wrong = errors?.map(({ path, message }) => `${path} ${message}`.trim()).join('; ');
  return wrong ?? detail ?? title ?? `The answer was ${status}.`;
}

/**
 * Calls the public API. The browser adds the credentials that it has for this page.
 * @param {string} path
 * @param {{ method?: 'GET' | 'POST', body?: object, headers?: Record<string, string> }} options
 * @returns {Promise<any>} the JSON of the answer, or its text
 */
async function call(path, { method = 'GET', body, headers = {} }) {
  const response = await reach(path, {
    method,
    headers: { ...(body && { 'Content-Type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
    cache: 'no-store',
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const answer = await read(response);
  if (response.ok) return answer;
  const problem = typeof answer === 'object' && answer !== null ? answer : { code: 'unreadable' };
  if (response.status === 503 && 'code' in problem) {
    lost(problem.detail ?? 'The service is overloaded.');
    throw new Away(problem.detail ?? 'The service cannot answer now.');
  }
  throw new Refused(response.status, problem);
}

/**
 * A relative address would inherit the credentials in the page's own address, and `fetch` refuses such an address. The
 * browser sends the credentials anyway.
 * @param {string} path
 */
export const addressOf = (path) => new URL(path, location.origin);

/** The service may let these requests wait while it is busy (RFC 9218). */
const NOT_URGENT = { Priority: 'u=7' };

/** @param {string} path */
export const get = (path) => call(path, { headers: NOT_URGENT });

/**
 * @param {string} path
 * @param {object} [body]
 * @param {Record<string, string>} [headers]
 */
export const post = (path, body, headers) =>
  call(path, { method: 'POST', ...(body && { body }), ...(headers && { headers }) });

/**
 * @param {string} path
 * @param {RequestInit} init
 */
async function reach(path, init) {
  try {
    return await fetch(addressOf(path), init);
  } catch (error) {
    lost('Tandem does not answer.');
    throw new Away('Tandem does not answer.', { cause: error });
  }
}

/** @param {Response} response */
async function read(response) {
  try {
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return isJson ? await response.json() : await response.text();
  } catch (error) {
    lost('The answer of Tandem was cut off.');
    throw new Away('The answer of Tandem was cut off.', { cause: error });
  }
}

/** @param {string} why */
function lost(why) {
  const { value } = connection;
  const since = value.state === 'away' ? value.since : Date.now();
  connection.set({ state: 'away', since, why });
}

/** Polls the service while the page is open, more often while it is away. */
export async function watchConnection() {
  for (;;) {
    const startedAt = performance.now();
    await look();
    const isAway = connection.value.state === 'away';
    const pauseMs = isAway ? AWAY_EVERY_MS : restMs(HEARTBEAT_MS, performance.now() - startedAt);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

async function look() {
  if (document.hidden && connection.value.state === 'up') return;
  try {
    const response = await fetch(addressOf('/health/ready'), {
      headers: NOT_URGENT,
      cache: 'no-store',
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const { status, checks } = await response.json();
    // A service that is stopping checks nothing, so its answer has no checks.
    if (status !== 'draining') readiness.set(checks);
    if (response.ok) found();
    else lost(status === 'draining' ? 'Tandem is stopping.' : `Tandem is not ready: ${lacking(checks)}.`);
  } catch {
    // Every error here means that no answer came.
    lost('Tandem does not answer.');
  }
}

/** @param {Record<string, { ok: boolean, detail?: string }>} checks */
function lacking(checks) {
  const missing = Object.entries(checks).filter(([, { ok }]) => !ok);
  return missing.map(([name, { detail }]) => (detail ? `${name} (${detail})` : name)).join(', ');
}

function found() {
  if (connection.value.state === 'up') return;
  connection.set({ state: 'up' });
  returns.set(returns.value + 1);
}
