import { Agent, request } from 'node:http';
import { Random } from '../../base/random';

/**
 * Readers in a separate process, until its input ends. They act as open pages of the console, with plain HTTP and the
 * requests that the pages make (src/console/pages, src/console/feed.mjs), or follow the feed by stream. Prints the
 * number of answers.
 */
export interface Readers {
  readonly port: number;
  readonly accounts: number;
  readonly pages: number;
  readonly followers: number;
  /** For a service that requires a token. */
  readonly token?: string;
}

const FEED_WAIT_MS = 20_000;
const FEED_PAUSE_MS = 500;
const HEARTBEAT_MS = 3000;
const PAGE_MS = 2000;
const CHART = { entriesMax: 1000, page: 200 };

const { port, accounts, pages, followers, token } = JSON.parse(process.argv[2] ?? '{}') as Readers;
const random = new Random('readers');
const agent = new Agent({ keepAlive: true });
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
    const sent = request({ host: '127.0.0.1', port, path, agent, headers: authorization }, (response) => {
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
    });
    sent.on('error', reject);
    sent.end();
  });
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs as a browser's timer does, whether or not the last answer has arrived. */
function every(ms: number, look: () => Promise<unknown>): void {
  setTimeout(() => {
    void look();
    setInterval(() => void look(), ms);
  }, ms * random.next());
}

/** Each page checks whether the service is available. */
function openPage(index: number): void {
  every(HEARTBEAT_MS, () => get('/health/ready'));
  const kind = index % 4;
  if (kind === 0) openLive();
  else if (kind === 1) every(PAGE_MS, () => get('/transfers?limit=20'));
  else openAccount(`/account/a${random.int(1, accounts)}`);
}

function openLive(): void {
  for (const path of ['/metrics', '/health/ready', '/admin/participants']) every(PAGE_MS, () => get(path));
}

/** Reads the account, its holds, its statement and its chart. Reads the last two again with each change of its balance. */
function openAccount(base: string): void {
  let seen = '';
  const look = async (): Promise<void> => {
    const { balance, held, incoming } = JSON.parse(await get(base)) as Record<string, number>;
    const now = JSON.stringify([balance, held, incoming]);
    if (now === seen) return;
    const isOther = JSON.parse(seen || '[]')[0] !== balance;
    seen = now;
    await Promise.all([get(`${base}/holds?limit=50`), get(`${base}/entries?limit=50`), isOther && chart(base)]);
  };
  every(PAGE_MS, look);
  every(PAGE_MS, () => get(`${base}/holds?limit=50`));
  void follow(base.slice('/account/'.length), look);
}

async function chart(base: string): Promise<void> {
  let cursor = '';
  for (let read = 0; read < CHART.entriesMax; read += CHART.page) {
    const text = await get(`${base}/entries?limit=${CHART.page}${cursor && `&cursor=${cursor}`}`);
    cursor = (JSON.parse(text) as { nextCursor: string | null }).nextCursor ?? '';
    if (cursor === '') return;
  }
}

async function follow(account: string, changed: () => Promise<void>): Promise<void> {
  for (let cursor = 'latest'; ; await sleep(FEED_PAUSE_MS)) {
    const text = await get(`/events?account=${account}&after=${cursor}&limit=200&waitMs=${FEED_WAIT_MS}`);
    const { items, nextCursor, hasMore } = JSON.parse(text) as {
      items: readonly unknown[];
      nextCursor: string;
      hasMore: boolean;
    };
    counts.events += items.length;
    cursor = hasMore ? 'latest' : nextCursor;
    if (items.length > 0) void changed();
  }
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
