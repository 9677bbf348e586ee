import type { AccountId } from '../../domain/ids';
import type { Clock } from '../clock';
import { OverloadedError, UnavailableError } from '../faults';
import { backoffMs } from '../retry';
import { journalFlushed } from '../telemetry';
import { Aftermath, type AftermathOptions, type Ended } from './aftermath';
import type { Appended } from './entries';
import { Fold } from './fold';
import { Halves } from './halves';
import { HeldTotals } from './heldTotals';
import { InFlight, type Statement } from './inFlight';
import { Loader } from './loader';
import { Selection } from './selection';
import type { JournalStore } from './store';
import type { Stream } from './stream';
import type { Unit, Written } from './unit';
import { Waiting } from './waiting';

export interface GroupCommitOptions extends AftermathOptions {
  /** Approximate number of rows in one statement. */
  readonly rowsMax: number;
  /** Units that may wait. More are refused with OverloadedError. */
  readonly waitingMax: number;
  /** Unanswered units of one account. More are refused with OverloadedError. */
  readonly mailboxMax: number;
  /** Statements in flight at the same time. */
  readonly statementsMax: number;
  /**
   * Units that must be ready before a second statement starts beside one in flight. A statement of few units costs as
   * much as one of many.
   */
  readonly besideMin: number;
}

const WRITTEN_BEFORE: Written = { at: '', moved: new Set() };

/**
 * The one writer of this process. While a statement is in flight, units wait. Then the writer decides all ready units
 * one after the other and writes them with one statement: one round trip and one fsync for many units. Two statements
 * may be in flight, so that the database works on one while the writer decides the next; they share no account. The
 * writer knows an account as of its last entry. The primary key of the journal shows whether another process has
 * written since; if it has, the writer decides every unit of the statement again.
 */
export class GroupCommit<Q, R> {
  private waiting: Waiting<Q, R>[] = [];
  private readonly inFlight = new InFlight<Q, R>();
  private readonly halves = new Halves();
  private scheduled = false;
  /** Statements that have landed and whose answers have not taken effect yet. */
  private answering = 0;
  /** Units that were ready at the last look, plus the units that arrived since. Below `besideMin` no second statement starts. */
  private candidates = Number.POSITIVE_INFINITY;
  private readonly loader: Loader<Q, R>;
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
    this.loader = new Loader(
      store,
      () => this.lookAgain(),
      (error) => this.readFailed(error),
    );
    this.selection = new Selection(this.inFlight, this.loader, heldTotals, options.besideMin);
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
    // Reads what the unit must know while the statement is in flight.
    this.selection.isReady(waiting, this.clock.monotonicMs());
    this.startOrSchedule();
  }

  /** Resolves when nothing waits, nothing is in flight, and what the answers set off in this process has landed too. */
  drained(): Promise<void> {
    if (this.isIdle) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  private get isIdle(): boolean {
    return this.inFlight.count === 0 && this.waiting.length === 0 && this.answering === 0;
  }

  /** Called when a read has answered or a statement has ended. */
  private lookAgain(): void {
    this.candidates = Number.POSITIVE_INFINITY;
    this.schedule();
  }

  /**
   * The next statement waits for half of the units. Starts at once when they are there. Most of them may wait for a read
   * first: the database works on it while this process receives the other half.
   */
  private startOrSchedule(): void {
    if (this.inFlight.count === 0 && this.halves.isThere(this.waiting.length)) {
      this.loader.startNow();
      void this.run();
    } else this.schedule();
  }

  /** Runs at the end of the current turn, so that the statement includes all that this turn submits and all that a few answers set off. */
  private schedule(): void {
    if (this.scheduled || !(this.mayStart || this.halves.isAwaited)) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      if (this.halves.waitsOn(this.waiting.length)) this.schedule();
      else if (this.mayStart) void this.run();
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
    this.halves.looked();
    const statement = this.next();
    if (!statement) return;
    this.inFlight.add(statement);
    this.outdateKeys();
    const written = statement.fold.batch();
    const writes = statement.fold.size + written.read.length > 0;
    const { again, answer } = writes
      ? await this.write(statement, () => this.store.append(written))
      : this.aftermath.landed(statement, WRITTEN_BEFORE);
    this.inFlight.remove(statement);
    if (this.inFlight.count === 0) this.halves.landed(statement.batch.length - again.length, this.waiting.length);
    if (again.length > 0) this.waiting = [...again, ...this.waiting];
    this.candidates = Number.POSITIVE_INFINITY;
    const many = this.halves.isAwaited;
    if (answer) this.answer(answer, many);
    this.startOrSchedule();
    this.tellIdle();
  }

  /**
   * Where `many` units are under way, the next statement is sent first, and the database works on it while this process
   * answers. Few units are answered first: what they set off in this process joins the next statement.
   */
  private answer(answer: () => void, many: boolean): void {
    this.answering += 1;
    const now = (): void => {
      answer();
      // By the next turn, everything that the answers set off in this process is waiting.
      setImmediate(() => {
        this.answering -= 1;
        this.tellIdle();
      });
    };
    if (many) setImmediate(now);
    else now();
  }

  /** Decides the units that may be written together now, if there are any. */
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

  /** A unit with a defect spoils the fold and the accounts' memory. The other units are decided again without it. */
  private undecided(failed: Waiting<Q, R>, fold: Fold<Q, R>): void {
    for (const stream of fold.touched) stream.forget();
    failed.answered();
    this.waiting = this.waiting.filter((waiting) => waiting !== failed);
    this.tellIdle();
    this.schedule();
  }

  /** Makes the waiting units look up the keys again that a statement in flight is about to use. */
  private outdateKeys(): void {
    for (const { unit, begun } of this.waiting) if (this.inFlight.uses(unit.keyName)) unit.again(begun);
  }

  private async write(statement: Statement<Q, R>, append: () => Promise<Appended>): Promise<Ended<Q, R>> {
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

  /** Counts a fault for each unit that waits for a read, and fails the units that had too many. A defect fails them all. */
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
