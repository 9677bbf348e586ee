import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { withBrowser } from '../http/chromium';
import { endWithHarness } from '../kit/childProcess';
import { eventually, sleep } from '../kit/wait';
import { useConsole } from './consoleUnderTest';

/** The compiled process that reads as pages do, for the bench: stress/bench/load/readers.ts. */
const READERS = join(__dirname, '..', '..', 'dist', 'stress', 'bench', 'load', 'readers.js');
const SECONDS = 8;
/** The counts may differ by this much, because pages and readers begin at different moments. */
const BY_CHANCE = 4;
const ACCOUNT = 'a1';
const ADMIN = 'admin-token';
const SAMPLE = /^tandem_http_requests_total\{method="GET",route="([^"]*)",status="200"\} (\d+)$/gm;

interface Asked {
  /** Answers by route, without those that load the page itself. */
  readonly answers: ReadonlyMap<string, number>;
  /** How many seconds the service was asked, with what opening and closing take. */
  readonly seconds: number;
}

withBrowser('an open page', () => {
  const at = useConsole('', async (client) => {
    await client.post(`/account/${ACCOUNT}`);
    for (let entry = 0; entry < 450; entry += 1) await client.post(`/account/${ACCOUNT}/deposit/1`);
  });

  async function answered(): Promise<Map<string, number>> {
    const { body } = await at.client.as(ADMIN).get('/metrics');
    const all = [...String(body['text']).matchAll(SAMPLE)].map(
      ([, route = '', count]) => [route, Number(count)] as const,
    );
    return new Map(all.filter(([route]) => !route.startsWith('/console')));
  }

  /** What the service answers while `beside` runs for a time and the account gets ten entries a second. */
  async function answeredBeside(beside: () => Promise<() => Promise<unknown>>): Promise<Asked> {
    const before = await answered();
    const begunAt = performance.now();
    const end = await beside();
    for (const endsAt = performance.now() + SECONDS * 1_000; performance.now() < endsAt; await sleep(100)) {
      await at.client.post(`/account/${ACCOUNT}/deposit/1`);
    }
    await end();
    const seconds = (performance.now() - begunAt) / 1_000;
    const after = await answered();
    // The service counts the request that read `before` only after it has answered it.
    after.set('/metrics', (after.get('/metrics') ?? 0) - 1);
    const grown = [...after].map(([route, count]) => [route, count - (before.get(route) ?? 0)] as const);
    return { answers: new Map(grown.filter(([, count]) => count > 0)), seconds };
  }

  async function openPages() {
    const hashes = ['live', '', `account/${ACCOUNT}`, `account/${ACCOUNT}`];
    const pages = await Promise.all(hashes.map((hash) => at.test.open(hash)));
    return () => Promise.all(pages.map((page) => page.close()));
  }

  async function startReaders() {
    const what = { port: Number(new URL(at.client.url).port), accounts: 1, pages: 4, followers: 0, token: ADMIN };
    const child = spawn(process.execPath, [READERS, JSON.stringify(what)], { stdio: ['pipe', 'ignore', 'inherit'] });
    endWithHarness(child);
    return async () => {
      child.stdin.end();
      await once(child, 'close');
    };
  }

  it('rests for ten times as long as the last answer took', async () => {
    const { page } = at.console;
    const asked: number[] = [];
    await page.route(`**/account/${ACCOUNT}`, async (route) => {
      asked.push(performance.now());
      await sleep(300);
      await route.continue();
    });
    await at.console.goTo(`account/${ACCOUNT}`);
    const second = await eventually('a second look', async () => asked[1], { deadlineMs: 60_000 });
    expect(second - (asked[0] ?? 0)).toBeGreaterThan(11 * 300);
    await page.unrouteAll({ behavior: 'wait' });
  });

  /** Two pages look when they open and every two seconds; the first look reads three pages of the journal. */
  function expectFewLooks({ answers, seconds }: Asked): void {
    const looksMax = Math.floor(2 * (1 + seconds / 2));
    expect(answers.get('/account/{id}')).toBeLessThanOrEqual(looksMax);
    expect(answers.get('/account/{id}/entries')).toBeLessThanOrEqual(looksMax + 2 * 2);
    expect(answers.get('/account/{id}/holds')).toBeLessThanOrEqual(looksMax);
  }

  /** Fails if the readers make fewer requests than pages do, or others: then the bench would say too little. */
  async function expectAskedAlike(): Promise<void> {
    const pages = await answeredBeside(openPages);
    expect([...pages.answers.keys()].toSorted()).toEqual([
      '/account/{id}',
      '/account/{id}/entries',
      '/account/{id}/holds',
      '/admin/participants',
      '/health/ready',
      '/metrics',
      '/transfers',
    ]);
    expectFewLooks(pages);

    const readers = await answeredBeside(startReaders);
    expect([...readers.answers.keys()].toSorted()).toEqual([...pages.answers.keys()].toSorted());
    expectFewLooks(readers);
    // On a busy machine the pages take longer to open, and then rest longer than the readers.
    const fewer = [...pages.answers].filter(([route, count]) => (readers.answers.get(route) ?? 0) < count - BY_CHANCE);
    expect({ fewer, readers: [...readers.answers] }).toEqual({ fewer: [], readers: expect.anything() });
  }

  it('reads a busy account every two seconds, and the readers of the bench make the same requests', async () => {
    await at.console.close();
    // On a busy machine the readers rest longer in some of the tries. A difference in every try is a bug.
    await eventually('the readers make the requests of the pages', async () => expectAskedAlike().then(() => true), {
      deadlineMs: 180_000,
    });
  });
});
