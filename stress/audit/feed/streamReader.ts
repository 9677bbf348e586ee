import type { Event } from '../../../src/client/types';
import { readEventStream, type StreamEnd, type StreamMessage } from '../../../test/kit/eventStream';
import { sleep } from '../../../test/kit/wait';
import type { Random } from '../../base/random';
import type { Fleet } from '../../workload/workload';
import type { Told, ToldFacts } from './told';

/** Less than a pause, and more than a quiet moment of the load. */
const SILENT_AFTER_MS = 5000;
/** After this long the reader leaves on purpose, to go on in the middle of the load. */
const LEAVES_AFTER_MS = { min: 1000, max: 12_000 };

/** Reads the feed as a stream. When the stream ends, it goes on with `Last-Event-ID` at any process. */
export class StreamReader {
  private readonly stopping = new AbortController();
  private reading: Promise<void> | undefined;

  constructor(
    readonly told: Told,
    private readonly facts: ToldFacts,
    private readonly fleet: Pick<Fleet, 'processes' | 'targets'>,
    private readonly random: Random,
  ) {}

  start(): void {
    this.reading = this.read();
    this.reading.catch(() => undefined);
  }

  /** Rejects when the reader itself failed. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.reading;
  }

  private async read(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      const targets = this.fleet.targets();
      const process = targets.length > 0 ? this.fleet.processes[this.random.pick(targets)] : undefined;
      const end = process && (await this.follow(process.baseUrl));
      if (end?.kind !== 'left' && end?.kind !== 'closed') await sleep(50);
    }
  }

  private async follow(baseUrl: string): Promise<StreamEnd> {
    const { told, facts } = this;
    const lastId = told.cursor;
    const leave = new AbortController();
    const leaving = (): void => leave.abort();
    const timer = setTimeout(leaving, this.random.int(LEAVES_AFTER_MS.min, LEAVES_AFTER_MS.max));
    this.stopping.signal.addEventListener('abort', leaving);
    let messages = 0;
    const end = await readEventStream(`${baseUrl}/events`, {
      lastId,
      silentAfterMs: SILENT_AFTER_MS,
      leave: leave.signal,
      onMessage: (message) => {
        messages += 1;
        if (messages === 1) facts.counters.add(lastId === undefined ? 'streams begun' : 'streams resumed');
        this.take(message);
      },
    });
    clearTimeout(timer);
    this.stopping.signal.removeEventListener('abort', leaving);
    this.ended(end, lastId);
    return end;
  }

  private take({ id, event, data }: StreamMessage): void {
    const { told, facts } = this;
    if (data !== undefined && event === 'end') {
      const { reason } = JSON.parse(data) as { reason: string };
      facts.counters.add(`streams ended by the service: ${reason}`);
      if (reason === 'cursor-expired') facts.findings.violated('feed', `${told.reader}: ${reason} at ${id}`);
    } else if (data !== undefined) {
      const change = JSON.parse(data) as Event;
      const isSaid = change.cursor === id && change.type === event;
      facts.findings.check('contract', isSaid, () => `GET /events, a message ${id} ${event} of ${data}`);
      told.take(change);
    }
    if (id !== undefined) told.goOn(id);
  }

  private ended(end: StreamEnd, lastId: string | undefined): void {
    const { told, facts } = this;
    if (this.stopping.signal.aborted) return;
    facts.counters.add(`streams over: ${WORDS[end.kind]}`);
    if (end.kind !== 'refused' || end.status === 503) return;
    if (end.status === 410) facts.counters.add('answered 410');
    facts.findings.violated('feed', `${told.reader} from ${lastId}: ${end.status} ${end.text}`);
  }
}

const WORDS: Readonly<Record<StreamEnd['kind'], string>> = {
  closed: 'ended by the service',
  cut: 'broken by a fault',
  silent: 'silent for too long',
  left: 'left by the reader',
  'not-sent': 'no connection',
  refused: '503',
};
