import type { AccountId } from '../../domain/ids';
import type { Clock } from '../clock';
import { OverloadedError, UnavailableError } from '../faults';
import { backoffMs } from '../retry';
import { journalFlushed } from '../telemetry';
import { Aftermath, type AftermathOptions } from './aftermath';
import type { Appended } from './entries';
import { Fold } from './fold';
import { HeldTotals } from './heldTotals';
import { InFlight, type Statement } from './inFlight';
import { Loader } from './loader';
import { Selection } from './selection';
import type { JournalStore } from './store';
import type { Stream } from './stream';
import type { Unit, Written } from './unit';
import { Waiting } from './waiting';

export interface GroupCommitOptions extends AftermathOptions {
  /** Rows in one statement, about. */
  readonly rowsMax: number;
  /** Units that may wait; more are refused as overload. */
  readonly waitingMax: number;
  /** Unanswered units of one account; more are refused as overload. */
  readonly mailboxMax: number;
  /** Statements in flight at once. */
  readonly statementsMax: number;
  /** Units that must be ready for a statement beside one that is in flight: one of few units costs as much as one of many. */
  readonly besideMin: number;
}

const WRITTEN_BEFORE: Written = { at: '', moved: new Set() };

/**
 * The one writer of this process. While a statement is in flight, units wait; then all that are ready are decided one after
 * the other on what is then known, and written with one statement: one round trip and one fsync for many. Two statements
 * may be in flight, so that the database works on one while the next is decided; they share no account. What is known of
 * an account is as of its last entry; whether another process has written since is judged by the primary key of the
 * journal, and then everything in the statement is decided again.
 */
export class GroupCommit<Q, R> {
  private waiting: Waiting<Q, R>[] = [];
  private readonly inFlight = new InFlight<Q, R>();
  private scheduled = false;
  /** Units that were ready at the last look, and those that came since; before too few of them no second statement is looked for. */
  private candidates = Number.POSITIVE_INFINITY;
  private readonly selection: Selection<Q, R>;
  private readonly aftermath: Aftermath<Q, R>;
  private idle: (() => void)[] = [];

  constructor(
    private readonly store: JournalStore<Q, R>,
    private readonly streamOf: (account: AccountId) => Stream,
    private readonly options: GroupCommitOptions,
    private readonly clock: Clock,
  ) {
    const heldTotals = new HeldTotals();
    const loader = new Loader(
      store,
      () => this.lookAgain(),
      (error) => this.readFailed(error),
    );
    this.selection = new Selection(this.inFlight, loader, heldTotals, options.besideMin);
    this.aftermath = new Aftermath(options, clock, heldTotals, () => this.schedule());
  }

  /** Units that wait to be written. */
  get load(): number {
    return this.waiting.length;
  }

  submit(unit: Unit<Q, R>): void {
    const streams = unit.accounts.map(this.streamOf);
    const { waitingMax, mailboxMax } = this.options;
    if (this.waiting.length >= waitingMax || streams.some(({ unanswered }) => unanswered >= mailboxMax)) {
      unit.failed(new OverloadedError('Too many writes are waiting for the database'));
      return;
    }
    const waiting = new Waiting(unit, streams);
    this.waiting.push(waiting);
    this.candidates += 1;
    // What it has to know is read beside the statement in flight.
    this.selection.isReady(waiting, this.clock.monotonicMs());
    this.schedule();
  }

  /** Resolves when nothing waits and nothing is in flight. */
  drained(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  private get isIdle(): boolean {
    return this.inFlight.count === 0 && this.waiting.length === 0;
  }

  /** What was waited for is known, or has landed. */
  private lookAgain(): void {
    this.candidates = Number.POSITIVE_INFINITY;
    this.schedule();
  }

  /** After the current turn, so that everything it wants to write, and everything a landed statement set off, is in. */
  private schedule(): void {
    if (this.scheduled || !this.mayStart) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      if (this.mayStart) void this.run();
    });
  }

  private get mayStart(): boolean {
    const { statementsMax, besideMin } = this.options;
    const { count } = this.inFlight;
    return this.waiting.length > 0 && (count === 0 || (count < statementsMax && this.candidates >= besideMin));
  }

  private async scheduleLater(ms: number): Promise<void> {
    await this.clock.sleep(ms);
    this.schedule();
  }

  private async run(): Promise<void> {
    const statement = this.next();
    if (!statement) return;
    this.inFlight.add(statement);
    this.outdateKeys();
    const written = statement.fold.batch();
    const writes = statement.fold.size + written.read.length > 0;
    const again = writes
      ? await this.write(statement, () => this.store.append(written))
      : this.aftermath.landed(statement, WRITTEN_BEFORE);
    this.inFlight.remove(statement);
    if (again.length > 0) this.waiting = [...again, ...this.waiting];
    this.tellIdle();
    this.lookAgain();
  }

  /** Decides what may be written together now, if there is anything. */
  private next(): Statement<Q, R> | undefined {
    const nowMs = this.clock.monotonicMs();
    const { ready, chosen } = this.selection.of(this.waiting, nowMs, this.aftermath.isContended(nowMs));
    this.candidates = ready;
    if (chosen.length === 0) return undefined;
    const fold = new Fold<Q, R>();
    const batch: Waiting<Q, R>[] = [];
    for (const waiting of chosen) {
      if (fold.size >= this.options.rowsMax) break;
      if (!decide(waiting, fold)) {
        this.undecided(waiting, fold);
        return undefined;
      }
      batch.push(waiting);
    }
    const decided = new Set(batch);
    this.waiting = this.waiting.filter((waiting) => !decided.has(waiting));
    return { batch, fold };
  }

  /** A unit with a defect spoils the fold and what the accounts know: the others are decided again without it. */
  private undecided(failed: Waiting<Q, R>, fold: Fold<Q, R>): void {
    for (const stream of fold.touched) stream.forget();
    failed.answered();
    this.waiting = this.waiting.filter((waiting) => waiting !== failed);
    this.tellIdle();
    this.schedule();
  }

  /** What a key stood for is outdated once a statement is about to use it. */
  private outdateKeys(): void {
    for (const { unit, begun } of this.waiting) if (this.inFlight.uses(unit.keyName)) unit.again(begun);
  }

  private async write(statement: Statement<Q, R>, append: () => Promise<Appended>): Promise<readonly Waiting<Q, R>[]> {
    const startedMs = this.clock.monotonicMs();
    let appended: Appended | undefined;
    try {
      appended = await append();
      this.report(statement, startedMs, appended.kind);
      return await this.aftermath.of(statement, appended);
    } catch (error) {
      if (!appended) this.report(statement, startedMs, 'failed');
      return this.aftermath.ofFailure(statement, error);
    }
  }

  /** What waits for a read and not for the statement in flight has waited in vain. */
  private readFailed(error: unknown): void {
    const waits = ({ unit, streams }: Waiting<Q, R>): boolean =>
      streams.some(({ isLoaded }) => !isLoaded) || unit.questions().length > 0;
    let faults = 0;
    for (const waiting of this.waiting.filter(waits)) {
      waiting.faults += 1;
      faults = Math.max(faults, waiting.faults);
      if (waiting.faults < this.options.attemptsMax && error instanceof UnavailableError) continue;
      this.waiting = this.waiting.filter((other) => other !== waiting);
      waiting.fail(error);
    }
    void this.scheduleLater(backoffMs(this.options.backoff, faults, this.clock.random()));
    this.tellIdle();
  }

  private tellIdle(): void {
    if (this.isIdle) for (const done of this.idle.splice(0)) done();
  }

  private report({ fold }: Statement<Q, R>, startedMs: number, outcome: Appended['kind'] | 'failed'): void {
    journalFlushed.tell(() => ({ rows: fold.size, ms: this.clock.monotonicMs() - startedMs, outcome }));
  }
}

function decide<Q, R>({ unit, streams }: Waiting<Q, R>, fold: Fold<Q, R>): boolean {
  try {
    for (const stream of streams) fold.read(stream);
    unit.decide(fold);
    return true;
  } catch (error) {
    unit.failed(error);
    return false;
  }
}
