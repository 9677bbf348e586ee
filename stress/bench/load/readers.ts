import { Agent, request } from 'node:http';
import { Random } from '../../base/random';

/**
 * Readers in a separate process, until its input ends. They act as open pages of the console, with plain HTTP and the
 * requests that the pages make (src/console/pages), or follow the feed by stream. Prints the number of answers. A test
 * compares them with pages in a browser (test/console/asks.test.ts).
 */
export interface Readers {
  readonly port: number;
  readonly accounts: number;
  readonly pages: number;
  readonly followers: number;
  /** For a service that requires a token. */
  readonly token?: string;
}

const HEARTBEAT_MS = 3000;
const PAGE_MS = 2000;
const ACCOUNT_MS = { quiet: 1000, busy: 2000 };
const RESTS = { times: 10, maxMs: 10_000 };
const LATEST = { entriesMax: 1000, page: 200 };

const { port, accounts, pages, followers, token } = JSON.parse(process.argv[2] ?? '{}') as Readers;
const random = new Random('readers');
const agent = new Agent({ keepAlive: true });
/** The header that pages send with each read. Followers do not send it. */
const NOT_URGENT = { priority: 'u=7' };
/** A browser sends the console's credentials with each request. */
const authorization =
  token === undefined ? {} : { authorization: `Basic ${Buffer.from(`bench:${token}`).toString('base64')}` };
const counts = { answers: 0, events: 0, refused: 0, firstRefused: '' };

function refused(what: string): void {
  counts.refused += 1;
  if (counts.firstRefused === '') counts.firstRefused = what;
}

function get(path: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, agent, headers: { ...authorization, ...NOT_URGENT } },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.on('error', reject);
        response.on('end', () => {
          if (response.statusCode === 200) counts.answers += 1;
          else refused(`${response.statusCode} ${path} ${text.slice(0, 200)}`);
          resolve(text);
        });
      },
    );
    sent.on('error', reject);
    sent.end();
  });
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Looks repeatedly, as `useLooks` does (src/console/hooks.mjs). `look` resolves to the shortest rest, in ms. */
async function again(look: () => Promise<number>): Promise<never> {
  for (await sleep(PAGE_MS * random.next()); ; ) {
    const startedAt = performance.now();
    const atLeastMs = await look();
    const tookMs = performance.now() - startedAt;
    await sleep(Math.max(atLeastMs, Math.min(RESTS.times * tookMs, RESTS.maxMs)));
  }
}

function every(ms: number, path: string): void {
  void again(async () => {
    await get(path);
    return ms;
  });
}

/** Each page checks whether the service is available. */
function openPage(index: number): void {
  every(HEARTBEAT_MS, '/health/ready');
  const kind = index % 4;
  if (kind === 0) openLive();
  else if (kind === 1) every(PAGE_MS, '/transfers?limit=20');
  else openAccount(`/account/a${random.int(1, accounts)}`);
}

function openLive(): void {
  for (const path of ['/metrics?maxAgeMs=1000', '/admin/participants']) every(PAGE_MS, path);
}

/** Reads the account. When it has a new entry, reads its holds and its new entries. */
function openAccount(base: string): void {
  let known = 0;
  void again(async () => {
    const { lastSeq } = JSON.parse(await get(base)) as { lastSeq: number };
    if (lastSeq === known) return ACCOUNT_MS.quiet;
    void holds(base);
    known = Math.max(lastSeq, await newestEntry(base, known));
    return ACCOUNT_MS.busy;
  });
}

/** Transfers of the bench hold nothing for longer than a moment, so the page does not look again before the next entry. */
const holds = (base: string): Promise<string> => get(`${base}/holds?limit=50`);

/** Reads the entries after a `seq`, as many of them as the page keeps, and resolves to the newest `seq` of them. */
async function newestEntry(base: string, afterSeq: number): Promise<number> {
  let newest = 0;
  let cursor = '';
  for (let read = 0; read < LATEST.entriesMax; read += LATEST.page) {
    const text = await get(`${base}/entries?limit=${LATEST.page}&afterSeq=${afterSeq}${cursor && `&cursor=${cursor}`}`);
    const { items, nextCursor } = JSON.parse(text) as { items: { seq: number }[]; nextCursor: string | null };
    newest ||= items[0]?.seq ?? 0;
    if (nextCursor === null) break;
    cursor = nextCursor;
  }
  return newest;
}

/** Follows all events from now on. */
function followStream(): void {
  const headers = { accept: 'text/event-stream', ...authorization };
  const sent = request({ host: '127.0.0.1', port, path: '/events?after=latest', agent: false, headers }, (response) => {
    if (response.statusCode !== 200) refused(`${response.statusCode} for a stream`);
    response.setEncoding('latin1');
    response.on('data', (chunk: string) => {
      counts.events += chunk.split('\nevent: ').length - 1;
    });
  });
  sent.end();
}

// Requests in flight at the end of the measurement fail as this process ends. Those failures mean nothing.
for (let index = 0; index < pages; index += 1) openPage(index);
for (let index = 0; index < followers; index += 1) followStream();

process.stdin.on('end', () => {
  process.stdout.write(`${JSON.stringify(counts)}\n`, () => process.exit(0));
});
process.stdin.resume();
