import type { Random } from '../../base/random';
import type { Load } from './load';

type Asked = Pick<Load, 'accounts' | 'what' | 'size'>;

interface Posting {
  readonly origin: string;
  readonly destination: string;
  readonly amount: number;
}

/** One account pays, and each of the next accounts receives: as many different accounts as a transfer may name. */
function postings(random: Random, accounts: number, count: number): Posting[] {
  const from = random.int(1, accounts);
  const step = random.int(0, accounts - 2);
  const others = Math.min(accounts - 1, 99);
  return Array.from({ length: count }, (_, n) => {
    const further = 1 + ((step + (n % others)) % (accounts - 1));
    return {
      origin: `a${from}`,
      destination: `a${1 + ((from - 1 + further) % accounts)}`,
      amount: random.int(1, 100),
    };
  });
}

/** The first request for some transfers. No other request has the same `key`. */
export function keyedRequest(random: Random, { accounts, what, size = 1 }: Asked, key: string): string {
  if (what === 'batch') {
    const transfers = Array.from({ length: size }, (_, n) => ({
      idempotencyKey: `${key}-${n}`,
      ...postings(random, accounts, 1)[0],
    }));
    return post('/transfers/batch', { transfers });
  }
  const all = postings(random, accounts, size);
  const [only] = all;
  const body = size === 1 ? { ...only } : { postings: all };
  return post('/transfers', what === 'two-steps' ? { ...body, capture: 'manual' } : body, key);
}

/** The second request of a transfer in two steps. */
export function captureRequest(authorized: string): string {
  const id = /^\{"id":"([^"]+)"/.exec(authorized)?.[1] ?? '';
  return post(`/transfers/${id}/capture`, {});
}

/** How many transfers an answer reports as committed. */
export function committedIn(body: string, what: Load['what']): number {
  if (what === 'batch') return body.split('{"status":200,"transfer":{').length - 1;
  return body.includes('"status":"committed"') ? 1 : 0;
}

function post(path: string, body: object, key?: string): string {
  const text = JSON.stringify(body);
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: localhost',
    'Content-Type: application/json',
    `Content-Length: ${text.length}`,
    ...(key === undefined ? [] : [`Idempotency-Key: ${key}`]),
  ];
  return `${head.join('\r\n')}\r\n\r\n${text}`;
}
