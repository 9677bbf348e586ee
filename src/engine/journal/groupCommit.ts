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

/** Whether some of the accounts are contested, none is, or that makes no difference. */
type Kind = 'any' | 'contested' | 'others';

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
  /** Units that may have become ready since it was last found that too few are, beside a statement in flight. */
  private candidates = 0;
  private preferContested = false;
  private readonly loader: Loader<Q, R>;
  private readonly heldTotals = new HeldTotals();
  private readonly aftermath: Aftermath<Q, R>;
  private idle: (() => void)[] = [];

  constructor(
    private readonly store: JournalStore<Q, R>,
    private readonly streamOf: (account: AccountId) => Stream,
    private readonly options: GroupCommitOptions,
    private readonly clock: Clock,
  ) {
    this.loader = new Loader(
      store,
      () => this.lookAgain(),
      (error) => this.readFailed(error),
    );
    this.aftermath = new Aftermath(options, clock, this.heldTotals, () => this.schedule());
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
    this.isReady(waiting);
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
    this.candidates = this.waiting.length;
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

  /** Decides what may be written together now; nothing, when that is too little beside a statement in flight. */
  private next(): Statement<Q, R> | undefined {
    this.candidates = 0;
    const chosen = this.choose();
    const { besideMin, rowsMax } = this.options;
    if (chosen.length === 0 || (this.inFlight.count > 0 && chosen.length < besideMin)) return undefined;
    const fold = new Fold<Q, R>();
    const batch: Waiting<Q, R>[] = [];
    for (const waiting of chosen) {
      if (fold.size >= rowsMax) break;
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

  /** In order. An account that a unit waits for is given to no later unit, so that each gets its turn. */
  private choose(): readonly Waiting<Q, R>[] {
    const kind = this.kindOfNext();
    const chosen: Waiting<Q, R>[] = [];
    const awaited = new Set<Stream>();
    const keys = new Set<string>();
    let apart: AccountId | undefined;
    for (const waiting of this.waiting) {
      const { unit, streams, begun, alone } = waiting;
      if (this.inFlight.holds(waiting) || streams.some((stream) => awaited.has(stream))) {
        for (const stream of streams) awaited.add(stream);
        continue;
      }
      const held = this.heldTotals.has(unit.totals) ? unit.totals : undefined;
      const fits = chosen.length === 0 || (held === apart && !alone);
      if (!this.isReady(waiting) || !fits || !this.isOf(kind, waiting)) continue;
      if (unit.keyName !== undefined) {
        // The first one with a key decides what it stands for, and the others look that up.
        if (keys.has(unit.keyName)) {
          unit.again(begun);
          continue;
        }
        keys.add(unit.keyName);
      }
      chosen.push(waiting);
      apart = held;
      if (alone) break;
    }
    return chosen;
  }

  /** A unit with a defect spoils the fold and what the accounts know: the others are decided again without it. */
  private undecided(failed: Waiting<Q, R>, fold: Fold<Q, R>): void {
    for (const stream of fold.touched) stream.forget();
    failed.answered();
    this.waiting = this.waiting.filter((waiting) => waiting !== failed);
    this.tellIdle();
    this.schedule();
  }

  private isReady({ unit, streams, begun }: Waiting<Q, R>): boolean {
    let ready = true;
    for (const stream of streams) {
      if (stream.isLoaded) continue;
      this.loader.load(stream);
      ready = false;
    }
    // What is asked of a branch is asked of what the account knows by then.
    if (!ready || this.heldTotals.waitMs(unit.totals, this.clock.monotonicMs()) > 0) return false;
    if (this.inFlight.uses(unit.keyName)) {
      unit.again(begun);
      return false;
    }
    for (const question of unit.questions()) {
      this.loader.ask(question);
      ready = false;
    }
    return ready;
  }

  /** Accounts that another process writes too go into statements of their own, so that their conflicts are no other's. */
  private isContested({ streams }: Waiting<Q, R>): boolean {
    return streams.some((stream) => stream.isContested(this.clock.monotonicMs()));
  }

  private isOf(kind: Kind, waiting: Waiting<Q, R>): boolean {
    return kind === 'any' || this.isContested(waiting) === (kind === 'contested');
  }

  /** They take turns with the others while both wait. */
  private kindOfNext(): Kind {
    if (!this.aftermath.isContended) return 'any';
    this.preferContested = !this.preferContested;
    const ready = this.waiting.filter((waiting) => this.isReady(waiting));
    const contested = ready.filter((waiting) => this.isContested(waiting)).length;
    if (contested === 0 || contested === ready.length) return 'any';
    return this.preferContested ? 'contested' : 'others';
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
