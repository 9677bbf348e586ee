import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { launch } from '../http/chromium';
import type { Client } from '../http/client';
import { WholeService } from '../http/serviceHarness';
import { eventually } from '../kit/wait';
import { transactionId } from '../support/transactionId';

const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
/** A name that does something when it is taken for markup. */
export const HTML = `<img src=x onerror="document.title='broken in'">`;

interface Violation {
  readonly id: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Opens the console of a service as a person does, and notes what the browser complains of. */
export class ConsolePage {
  /** Errors of scripts, what the policy refused, and requests to anywhere else. */
  readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly url: string,
  ) {}

  static async open(
    browser: Browser,
    url: string,
    hash = '',
    context: Parameters<Browser['newContext']>[0] = {},
  ): Promise<ConsolePage> {
    const opened = await browser.newContext({
      viewport: { width: 1280, height: 900 },
      timezoneId: 'UTC',
      httpCredentials: { username: 'me', password: 'admin-token' },
      ...context,
    });
    const page = await opened.newPage();
    page.setDefaultTimeout(60_000);
    const one = new ConsolePage(page, url);
    one.listen();
    await one.goTo(hash);
    return one;
  }

  private listen(): void {
    this.page.on('pageerror', (error) => this.complaints.push(error.message));
    this.page.on('console', (message) => {
      // What was looked for and is not there, the browser calls an error too; so it does what does not answer.
      const isAnswer = message.text().startsWith('Failed to load resource');
      if (message.type() === 'error' && !isAnswer) this.complaints.push(message.text());
    });
    this.page.on('request', (request) => {
      if (!request.url().startsWith(this.url) && !request.url().startsWith('blob:'))
        this.complaints.push(request.url());
    });
  }

  async goTo(hash: string): Promise<void> {
    await this.page.goto(`${this.url}/console#/${hash}`);
    await this.page.locator('h1').waitFor();
  }

  /** Asks in the dialog that a verb opened, and waits until it is gone. */
  async confirm(verb: string): Promise<void> {
    const dialog = this.page.getByRole('dialog');
    await dialog.getByRole('button', { name: verb, exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
  }

  /** Waits until an expression is true on the page. Asked from outside: what a page polls by itself, its policy does not let it compile. */
  async until(expression: string): Promise<void> {
    const isTrue = async (): Promise<true | undefined> => ((await this.page.evaluate(expression)) ? true : undefined);
    await eventually(expression, isTrue, { deadlineMs: 60_000 });
  }

  /** What a checker of accessibility objects to on the page as it is now. */
  async barriers(): Promise<readonly string[]> {
    await this.page.evaluate(AXE);
    const violations: readonly Violation[] = await this.page.evaluate('axe.run().then(({ violations }) => violations)');
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
  }

  /** What a reader would have to scroll sideways for, apart from what scrolls by itself. */
  async widerThanTheWindow(): Promise<readonly string[]> {
    return this.page.evaluate(`[...document.querySelectorAll('body *')]
      .filter((one) => !one.closest('.scroll, pre, .visually-hidden, .skip') && one.getBoundingClientRect().right > innerWidth + 0.5)
      .map((one) => one.tagName + '.' + one.className)`);
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

/** The service with a browser before it. */
export async function startConsole(env: Readonly<Record<string, string>> = {}) {
  const service = await WholeService.start(env);
  const browser = await launch().catch(async (error: unknown) => {
    await service.stop();
    throw error;
  });
  return {
    service,
    browser,
    open: (hash = '', context: Parameters<Browser['newContext']>[0] = {}) =>
      ConsolePage.open(browser, service.client.url, hash, context),
    /** Fails where a page has barriers, light or dark, or is wider than a telephone. `ready` is there when it is drawn. */
    async expectUsable(hash: string, ready: string): Promise<void> {
      for (const colorScheme of ['light', 'dark'] as const) {
        const viewport = { width: 390, height: 844 };
        const small = await ConsolePage.open(browser, service.client.url, hash, { colorScheme, viewport });
        await small.page.locator(ready).first().waitFor();
        expect(await small.barriers()).toEqual([]);
        expect(await small.widerThanTheWindow()).toEqual([]);
        await small.close();
      }
    },
    async stop(): Promise<void> {
      try {
        await browser.close();
      } finally {
        await service.stop();
      }
    },
  };
}

type StartedConsole = Awaited<ReturnType<typeof startConsole>>;

/**
 * Starts a service and a browser before the tests of the file that calls this, and stops them after the last one. `prepare` makes what the
 * tests begin with; then `console` opens at `hash`. Nothing of them can be used before the first test.
 */
export function useConsole(hash: string, prepare: (client: Client) => Promise<void>) {
  let started: StartedConsole | undefined;
  let opened: ConsolePage | undefined;
  const there = <T>(part: T | undefined): T => {
    if (part === undefined) throw new Error('nothing is there before the tests begin');
    return part;
  };
  beforeAll(async () => {
    started = await startConsole();
    await prepare(started.service.client);
    opened = await started.open(hash);
  });
  afterAll(() => started?.stop());
  return {
    get test() {
      return there(started);
    },
    get client() {
      return there(started).service.client;
    },
    get console() {
      return there(opened);
    },
  };
}

interface Stored {
  readonly status?: string;
  readonly amount?: number;
  readonly error?: string;
  readonly ageMs?: number;
}

/** A transfer from `alice` to `bob` that no driver takes up within the hour. */
export async function storeTransfer(
  { database }: WholeService,
  { status = 'preparing', amount = 1, error, ageMs = 0 }: Stored = {},
): Promise<string> {
  const id = transactionId();
  await database.query(
    `insert into transactions
       (id, type, query, branches, asked_first, status, errors, deadline_at, next_attempt_at, created_at)
     values ($1, 'transfer', $2, '{alice,bob}', 1, $3, $4, now() + interval '1 hour',
       case when $3 = 'failed' then 'infinity' else now() + interval '1 hour' end, now() - $5 * interval '1 ms')`,
    [
      id,
      { postings: [{ origin: 'alice', destination: 'bob', amount }] },
      status,
      error === undefined ? null : JSON.stringify([{ branch: 'bob', message: error }]),
      ageMs,
    ],
  );
  return id;
}
