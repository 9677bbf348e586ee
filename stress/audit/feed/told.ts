import { createHash } from 'node:crypto';
import type { Event } from '../../../src/client/types';
import { readCursor } from '../../../src/http/schemas/events';
import type { Findings } from '../../base/invariants';
import { Samples } from '../../base/samples';
import { Tally } from '../../base/tally';

/** What all readers of one feed have in common: an event is the same for each of them. */
export class ToldFacts {
  readonly counters = new Tally();
  /** Milliseconds from a change, by PostgreSQL's clock, to the first reader that was told of it. */
  readonly lag = new Samples();
  /** By transfer, of those told to be committed: what moved. */
  readonly moved = new Map<string, string>();
  /** By transfer, of those told to be aborted: why. */
  readonly reasons = new Map<string, string>();
  private readonly digests = new Map<string, string>();

  constructor(readonly findings: Findings) {}

  /** Whether every reader was told the same of it. What failed may fail again, and is told again. */
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
  /** By type and subject. */
  readonly events = new Set<string>();
  private readonly versions = new Map<string, number>();
  private place: string | undefined;

  constructor(
    readonly reader: string,
    private readonly facts: ToldFacts,
  ) {}

  /** The cursor to go on from; undefined at the beginning. */
  get cursor(): string | undefined {
    return this.place;
  }

  /** Everything below this position has been passed by. */
  get position(): bigint {
    return (this.place === undefined ? undefined : readCursor(this.place)?.position) ?? 0n;
  }

  /** The place may only go on. */
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

/** A transfer and an account begin before anything else happens to them. */
function isFirst({ type }: Event): boolean {
  return type === 'transfer.created' || type === 'account.opened';
}

/** As the journal would say it: each posting, with what was captured of it. */
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
