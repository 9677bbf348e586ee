import { TandemClient } from '../../../src/client/tandemClient';
import { HttpTransport } from '../../../test/kit/httpTransport';
import { sleep } from '../../../test/kit/wait';
import type { Random } from '../../base/random';
import { replyOf, shown } from '../../workload/reply';
import type { Fleet } from '../../workload/workload';
import type { Told, ToldFacts } from './told';

const WAIT_MAX_MS = 3000;
const PAGE_MAX = 200;
/** More than the service takes to answer after the longest wait. */
const TIMEOUT_MS = WAIT_MAX_MS + 4000;

/** Reads the feed page by page. Asks any process for each page, and sometimes waits for the next event. */
export class PageReader {
  private readonly transport = new HttpTransport(TIMEOUT_MS);
  private readonly services: readonly TandemClient[];
  private reading: Promise<void> | undefined;
  private stopped = false;

  constructor(
    readonly told: Told,
    private readonly facts: ToldFacts,
    private readonly fleet: Pick<Fleet, 'processes' | 'targets'>,
    private readonly random: Random,
    private readonly isEager = false,
  ) {
    this.services = fleet.processes.map(
      ({ baseUrl }) => new TandemClient(baseUrl, { transport: this.transport.send, retry: false }),
    );
  }

  start(): void {
    this.reading = this.read();
    this.reading.catch(() => undefined);
  }

  /** Rejects when the reader itself failed. */
  async stop(): Promise<void> {
    this.stopped = true;
    this.transport.close();
    await this.reading;
  }

  private async read(): Promise<void> {
    for (let isBroken = false; !this.stopped; ) {
      const targets = this.fleet.targets();
      const service = targets.length > 0 ? this.services[this.random.pick(targets)] : undefined;
      const isRead = service !== undefined && (await this.page(service));
      if (isRead && isBroken) this.facts.counters.add('pages resumed after a break');
      isBroken = !isRead && (isBroken || service !== undefined);
      if (!isRead) await sleep(50);
    }
  }

  /** Resolves to whether a page was read. */
  private async page(service: TandemClient): Promise<boolean> {
    const { told, facts, random } = this;
    const waitMs = !this.isEager && random.chance(0.6) ? random.int(1, WAIT_MAX_MS) : 0;
    const limit = random.chance(0.1) ? random.int(1, 5) : random.int(50, PAGE_MAX);
    const { cursor } = told;
    const reply = await replyOf(service.events({ limit, waitMs, ...(cursor !== undefined && { after: cursor }) }));
    if (this.stopped) return false;
    if (reply.kind === 'malformed') facts.findings.violated('contract', `GET /events: ${reply.detail}`);
    if (reply.kind !== 'answer') {
      facts.counters.add(`pages not answered: ${reply.kind === 'unknown' ? reply.cause : reply.kind}`);
      return false;
    }
    const { answer } = reply;
    if (!answer.ok) {
      if (answer.status === 410) facts.counters.add('answered 410');
      facts.findings.violated('feed', `${told.reader} from ${cursor}: ${shown(answer)}`);
      return false;
    }
    const { items, nextCursor, hasMore } = answer.value;
    facts.counters.add(waitMs > 0 ? 'pages read, waiting' : 'pages read');
    for (const event of items) told.take(event);
    told.goOn(nextCursor);
    // A reader that has caught up leaves the machine to the load.
    if (!hasMore && !this.isEager) await sleep(random.int(0, 300));
    return true;
  }
}
