import { createHash } from 'node:crypto';
import type { Event } from '../../../src/client/types';
import { readCursor } from '../../../src/http/schemas/events';
import type { Findings } from '../../base/invariants';
import { Samples } from '../../base/samples';
import { Tally } from '../../base/tally';

/** What the readers of one feed share: each event must be the same for all of them. */
export class ToldFacts {
  readonly counters = new Tally();
  /** Milliseconds from a change, by PostgreSQL's clock, to the first reader that was told of it. */
  readonly lag = new Samples();
  /** What moved, by transfer, for transfers that were told as committed. */
  readonly moved = new Map<string, string>();
  /** The reason, by transfer, for transfers that were told as aborted. */
  readonly reasons = new Map<string, string>();
  private readonly digests = new Map<string, string>();

  constructor(readonly findings: Findings) {}

  /** Whether every reader was told the same. A transfer may fail more than once, and each failure is told. */
  isSame(name: string, event: Event): boolean {
    const digest = createHash('sha1').update(JSON.stringify(event)).digest('base64');
    const first = this.digests.get(name);
    if (first !== undefined) return first === digest || event.type === 'transfer.failed';
    this.digests.set(name, digest);
    this.lag.add(Math.max(0, Date.now() - Date.parse(event.at)));
    if (event.type === 'transfer.committed') this.moved.set(event.transferId, movedBy(event));
    if (event.type === 'transfer.aborted') this.reasons.set(event.transferId, event.reason?.kind ?? 'none');
    return true;
  }
}

/** What one reader was told, and the place from which it goes on. */
export class Told {
  /** Keyed by type and subject. */
  readonly events = new Set<string>();
  private readonly versions = new Map<string, number>();
  private place: string | undefined;

  constructor(
    readonly reader: string,
    private readonly facts: ToldFacts,
  ) {}

  /** The cursor from which to go on; undefined at the beginning. */
  get cursor(): string | undefined {
    return this.place;
  }

  /** The reader has passed everything below this position. */
  get position(): bigint {
    return (this.place === undefined ? undefined : readCursor(this.place)?.position) ?? 0n;
  }

  /** Moves the place, which must never go back. */
  goOn(cursor: string): void {
    const before = this.position;
    this.place = cursor;
    this.facts.findings.check('feed', this.position >= before, () => {
      return `${this.reader}: its place went back from ${before} to ${cursor}`;
    });
  }

  take(event: Event): void {
    const { findings, counters } = this.facts;
    const subject = 'account' in event ? event.account : event.transferId;
    const name = `${event.type} ${subject}`;
    counters.add(`events told, ${this.reader}`);
    const isSame = this.facts.isSame(name, event);
    findings.check('feed', isSame, () => `${this.reader}: ${name} is told otherwise than before`);
    if (this.events.has(name)) {
      counters.add(`told again, ${this.reader}`);
      return;
    }
    const last = this.versions.get(subject);
    const follows = last === undefined ? isFirst(event) : event.version > last;
    findings.check('feed', follows, () => {
      return `${this.reader}: ${name}, version ${event.version}, after ${last ?? 'nothing'}`;
    });
    this.versions.set(subject, event.version);
    this.events.add(name);
  }
}

/** Whether the event must be the first of its transfer or account. */
function isFirst({ type }: Event): boolean {
  return type === 'transfer.created' || type === 'account.opened';
}

/** The movements in the form of the journal: each posting with its captured amount. */
function movedBy(event: Extract<Event, { transferId: string }>): string {
  const { origin, destination, amount, amountCaptured, postings } = event;
  const parts = postings ?? [{ origin, destination, amount: amountCaptured ?? amount ?? 0 }];
  return parts
    .map((posting) => {
      const moved = ('captured' in posting ? posting.captured : undefined) ?? posting.amount;
      return `${posting.origin} ${posting.destination} ${moved}`;
    })
    .join(', ');
}
