import { eventually } from '../../../test/kit/wait';
import type { Findings } from '../../base/invariants';
import type { Random } from '../../base/random';
import type { Model, OperationRecord } from '../../workload/model';
import { moved } from '../../workload/operation';
import { isMoved, type Outcome } from '../../workload/outcome';
import type { Fleet } from '../../workload/workload';
import type { SnapshotReader } from '../database';
import { PageReader } from './pageReader';
import { StreamReader } from './streamReader';
import { Told, ToldFacts } from './told';

/** A reader's place before a snapshot. */
export interface Place {
  readonly told: Told;
  readonly position: bigint;
}

interface FeedRow {
  readonly position: string;
  readonly kinds: readonly string[];
  readonly subjects: readonly string[];
}

/** How late after its time a row may appear, because its session was stopped or waited for a lock. */
const LATE_MS = 15_000;
/** At rest, each reader catches up within this time. */
const CAUGHT_UP_MS = 30_000;
const DETAILS_MAX = 5;

/** The feed's rows of the last seconds. */
const RECENT_ROWS = `select cast(position as text) as position, kinds, subjects from feed
  where at > clock_timestamp() - $1 * interval '1 millisecond'`;

/** What has happened by the records, independent of the feed. */
const HAPPENED = `
  select 'transfer.created ' || id as event from transactions
  union all
  select 'transfer.' || status || ' ' || id from transactions where status in ('committed', 'aborted')
  union all
  select 'transfer.' || (h ->> 'status') || ' ' || id from transactions, jsonb_array_elements(history) h
   where h ->> 'status' in ('authorized', 'failed')
  union all
  select 'account.opened ' || id from accounts where id !~ '/'`;

/** Follows the feed through every fault. Compares what its readers were told with the database and with the clients. */
export class FeedAudit {
  readonly facts: ToldFacts;
  private readonly readers: readonly (PageReader | StreamReader)[];
  private checkedAtMs = Date.now();

  constructor(
    private readonly findings: Findings,
    fleet: Pick<Fleet, 'processes' | 'targets'>,
    random: Random,
    /** More readers that ask for page after page without a rest. They find a short-lived mistake sooner. */
    eager = 0,
  ) {
    const facts = new ToldFacts(findings);
    this.facts = facts;
    this.readers = [
      new PageReader(new Told('by page', facts), facts, fleet, random.fork('pages')),
      new StreamReader(new Told('by stream', facts), facts, fleet, random.fork('stream')),
      ...Array.from({ length: eager }, (_, n) => {
        return new PageReader(new Told(`eager ${n}`, facts), facts, fleet, random.fork(`eager ${n}`), true);
      }),
    ];
  }

  start(): void {
    for (const reader of this.readers) reader.start();
  }

  /** Rejects when a reader failed because of its own mistake. Then the run has shown nothing. */
  async stop(): Promise<void> {
    await Promise.all(this.readers.map((reader) => reader.stop()));
  }

  /** Call this before the snapshot that {@link checkPassed} reads. */
  places(): readonly Place[] {
    return this.readers.map(({ told }) => ({ told, position: told.position }));
  }

  /** Checks that each reader was told every row below its place. It will never be told a missed row. */
  async checkPassed(reader: SnapshotReader, places: readonly Place[]): Promise<void> {
    const sinceMs = Date.now() - this.checkedAtMs + LATE_MS;
    this.checkedAtMs = Date.now();
    const rows = await reader.rows<FeedRow>(RECENT_ROWS, [sinceMs]);
    for (const { told, position } of places) {
      const passed = rows.filter((row) => BigInt(row.position) < position);
      const names = passed.flatMap(({ kinds, subjects }) => kinds.map((kind, n) => `${kind} ${subjects[n]}`));
      this.expectTold(told, names.filter(isPublic));
    }
  }

  /** Checks that each reader was told everything that has happened and nothing else, and that this agrees with the clients. */
  async checkAtRest(reader: SnapshotReader, model: Model): Promise<void> {
    const rows = await reader.rows<{ event: string }>(HAPPENED);
    const happened = new Set(rows.map(({ event }) => event));
    for (const { told } of this.readers) {
      const all = (): true | undefined => (told.events.size >= happened.size ? true : undefined);
      await eventually('all is told', all, { deadlineMs: CAUGHT_UP_MS, everyMs: 100 }).catch(() => undefined);
      this.expectTold(told, [...happened]);
      const invented = [...told.events].filter((event) => !happened.has(event));
      this.findings.held('feed', told.events.size);
      for (const event of invented.slice(0, DETAILS_MAX)) {
        this.findings.violated('feed', `${told.reader}: told ${event}, which has not happened`);
      }
    }
    for (const record of model.records.values()) this.compareWithAnswer(record);
  }

  private expectTold({ reader, events }: Told, names: readonly string[]): void {
    const missing = names.filter((name) => !events.has(name));
    this.findings.held('feed', names.length - missing.length);
    for (const name of missing.slice(0, DETAILS_MAX)) {
      this.findings.violated('feed', `${reader}: ${name} was skipped`);
    }
  }

  private compareWithAnswer({ operation, outcome, transferId }: OperationRecord): void {
    if (operation.kind !== 'transfer' || !outcome || transferId === undefined) return;
    const { moved: movedBy, reasons } = this.facts;
    if (isMoved(outcome)) {
      const postings = moved(operation, outcome.kind === 'captured' ? outcome.amounts : undefined);
      const expected = postings.map(({ origin, destination, amount }) => `${origin} ${destination} ${amount}`);
      const told = movedBy.get(transferId);
      this.findings.check('feed', told === expected.join(', '), () => {
        return `${operation.key} was answered ${expected.join(', ')}; readers were told ${told}`;
      });
      return;
    }
    const reason = reasons.get(transferId);
    this.findings.check('feed', reason === REASONS[outcome.kind], () => {
      return `${operation.key} was answered ${outcome.kind}; readers were told ${reason}`;
    });
  }
}

const REASONS: Readonly<Partial<Record<Outcome['kind'], string>>> = {
  refused: 'branches',
  'timed-out': 'timeout',
  aborted: 'client',
  voided: 'voided',
  expired: 'expired',
};

/** An account with a slash in its name is internal to the service. */
function isPublic(name: string): boolean {
  return name.startsWith('transfer.') || !name.includes('/');
}
