import type { AccountId } from '../../domain/ids';
import type { Clock } from '../clock';
import { hasNotStarted, OverloadedError, UnavailableError } from '../faults';
import { type BackoffPolicy, backoffMs } from '../retry';
import { journalFlushed } from '../telemetry';
import type { Appended } from './entries';
import { Fold } from './fold';
import { HELD_MAX_MS, type Held, HeldTotals } from './heldTotals';
import { Loader } from './loader';
import type { JournalStore } from './store';
import type { Stream } from './stream';
import type { Unit, Written } from './unit';

export interface GroupCommitOptions {
  /** Rows in one statement, about. */
  readonly rowsMax: number;
  /** Units that may wait; more are refused as overload. */
  readonly waitingMax: number;
  /** Unanswered units of one account; more are refused as overload. */
  readonly mailboxMax: number;
  /** Statements in a row that may fail because the database is away, before those who wait are told so. */
  readonly attemptsMax: number;
  /** Statements in a row that other processes may get ahead of. */
  readonly conflictsMax: number;
  readonly backoff: BackoffPolicy;
}

interface Waiting<Q, R> {
  readonly unit: Unit<Q, R>;
  readonly streams: readonly Stream[];
  /** An earlier statement with it may have been carried out. */
  begun: boolean;
  faults: number;
  conflicts: number;
  /** A statement with it was blocked or failed: it is written by itself, so that it holds up no other. */
  alone: boolean;
}

/** For so long after a conflict the accounts that were in it are written apart. */
export const CONFLICT_REMEMBERED_MS = 2_000;

const NO_TRANSACTIONS: ReadonlySet<string> = new Set();
const WRITTEN_BEFORE: Written = { at: '', moved: new Set() };

/**
 * The one writer of this process. While a statement is in flight, units wait; when it has landed, all that wait are
 * decided one after the other on what is then known, and written with one statement: one round trip and one fsync for
 * many. What is known of an account is as of its last entry; whether another process has written since is judged by the
 * primary key of the journal, and then everything in the statement is decided again.
 */
export class GroupCommit<Q, R> {
  private waiting: Waiting<Q, R>[] = [];
  private inFlight = false;
  private scheduled = false;
  private preferContested = false;
  private conflictMs = Number.NEGATIVE_INFINITY;
  /** The keys that the statement in flight uses. */
  private readonly keysInFlight = new Set<string>();
  private readonly loader: Loader<Q, R>;
  private readonly heldTotals = new HeldTotals();
  private idle: (() => void)[] = [];

  constructor(
    private readonly store: JournalStore<Q, R>,
    private readonly streamOf: (account: AccountId) => Stream,
    private readonly options: GroupCommitOptions,
    private readonly clock: Clock,
  ) {
    this.loader = new Loader(
      store,
      () => this.schedule(),
      (error) => this.readFailed(error),
    );
  }

  /** Units that wait or are being written. */
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
    for (const stream of streams) stream.unanswered += 1;
    const waiting = { unit, streams, begun: false, faults: 0, conflicts: 0, alone: false };
    this.waiting.push(waiting);
    // What it has to know is read beside the statement in flight.
    this.isReady(waiting);
    this.schedule();
  }

  /** Resolves when nothing waits and nothing is in flight. */
  drained(): Promise<void> {
    if (!this.inFlight && this.waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  /** After the current turn, so that everything it wants to write, and everything a landed statement set off, is in. */
  private schedule(): void {
    if (this.scheduled || this.inFlight || this.waiting.length === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      if (!this.inFlight) void this.run();
    });
  }

  private async scheduleLater(ms: number): Promise<void> {
    await this.clock.sleep(ms);
    this.schedule();
  }

  private async run(): Promise<void> {
    const fold = new Fold<Q, R>();
    const batch = this.decideReady(fold);
    if (batch.length === 0) return;
    this.inFlight = true;
    const written = fold.batch();
    if (fold.size + written.read.length === 0) this.land(batch, fold, WRITTEN_BEFORE);
    else await this.write(batch, fold, () => this.store.append(written));
    this.inFlight = false;
    this.keysInFlight.clear();
    if (this.waiting.length === 0) for (const done of this.idle.splice(0)) done();
    this.schedule();
  }

  /** Takes what may be written together, in order, and decides it. */
  private decideReady(fold: Fold<Q, R>): Waiting<Q, R>[] {
    const kind = this.kindOfNext();
    const batch: Waiting<Q, R>[] = [];
    const later: Waiting<Q, R>[] = [];
    let full = false;
    let apart: AccountId | undefined;
    for (const waiting of this.waiting) {
      const held = this.heldTotals.has(waiting.unit.totals) ? waiting.unit.totals : undefined;
      const fits = batch.length === 0 || held === apart;
      const takes = !full && fits && (kind === 'any' || this.isContested(waiting) === (kind === 'contested'));
      if (!this.isReady(waiting) || !takes || (waiting.alone && batch.length > 0)) later.push(waiting);
      else {
        if (!this.decide(waiting, fold)) return this.undecided(batch, waiting, later, fold);
        batch.push(waiting);
        apart = held;
        if (waiting.unit.keyName !== undefined) this.keysInFlight.add(waiting.unit.keyName);
        full = waiting.alone || fold.size >= this.options.rowsMax;
      }
    }
    this.waiting = later;
    return batch;
  }

  private decide({ unit, streams }: Waiting<Q, R>, fold: Fold<Q, R>): boolean {
    try {
      for (const stream of streams) fold.read(stream);
      unit.decide(fold);
      return true;
    } catch (error) {
      unit.failed(error);
      return false;
    }
  }

  /** A unit with a defect spoils the fold and what the accounts know: the others are decided again without it. */
  private undecided(
    batch: Waiting<Q, R>[],
    failed: Waiting<Q, R>,
    later: readonly Waiting<Q, R>[],
    fold: Fold<Q, R>,
  ): Waiting<Q, R>[] {
    for (const stream of fold.touched) stream.forget();
    this.keysInFlight.clear();
    this.answered(failed);
    const seen = new Set([...batch, failed, ...later]);
    this.waiting = [...batch, ...later, ...this.waiting.filter((waiting) => !seen.has(waiting))];
    this.schedule();
    return [];
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
    if (unit.keyName !== undefined && this.keysInFlight.has(unit.keyName)) {
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

  /** They take turns with the others while both wait. */
  private kindOfNext(): 'any' | 'contested' | 'others' {
    if (this.clock.monotonicMs() - this.conflictMs > CONFLICT_REMEMBERED_MS) return 'any';
    this.preferContested = !this.preferContested;
    const ready = this.waiting.filter((waiting) => this.isReady(waiting));
    const contested = ready.filter((waiting) => this.isContested(waiting)).length;
    if (contested === 0 || contested === ready.length) return 'any';
    return this.preferContested ? 'contested' : 'others';
  }

  private async write(
    batch: readonly Waiting<Q, R>[],
    fold: Fold<Q, R>,
    append: () => Promise<Appended>,
  ): Promise<void> {
    const startedMs = this.clock.monotonicMs();
    let outcome: Appended['kind'] | 'failed' = 'failed';
    try {
      const appended = await append();
      outcome = appended.kind;
      this.report(fold, startedMs, outcome);
      if (appended.kind === 'written') this.land(batch, fold, appended);
      else if (appended.kind === 'conflict') await this.decideAgain(batch, fold, appended.lost);
      else if (appended.kind === 'held') await this.leaveHeld(batch, fold, appended.totals);
      else this.setApart(batch, fold, new UnavailableError('Lock timeout', 'not-started', { cause: appended.cause }));
    } catch (error) {
      if (outcome === 'failed') this.report(fold, startedMs, outcome);
      if (error instanceof UnavailableError) await this.tryLater(batch, fold, error);
      else this.setApart(batch, fold, error);
    }
  }

  private land(batch: readonly Waiting<Q, R>[], fold: Fold<Q, R>, written: Written): void {
    for (const stream of fold.touched) stream.landed();
    for (const waiting of batch) {
      this.answered(waiting);
      if (waiting.unit.totals !== undefined) this.heldTotals.written(waiting.unit.totals);
      waiting.unit.landed(written);
    }
  }

  /** Another process was first. Who carries a move that was refused has lost; the others decide on what is there now. */
  private async decideAgain(
    batch: readonly Waiting<Q, R>[],
    fold: Fold<Q, R>,
    lost: ReadonlySet<string>,
  ): Promise<void> {
    for (const stream of fold.touched) stream.forget();
    this.conflictMs = this.clock.monotonicMs();
    const again: Waiting<Q, R>[] = [];
    let conflicts = 0;
    for (const waiting of batch) {
      const { unit } = waiting;
      waiting.conflicts += 1;
      conflicts = Math.max(conflicts, waiting.conflicts);
      if (unit.fences !== undefined && lost.has(unit.fences)) {
        this.answered(waiting);
        unit.lost();
      } else if (waiting.conflicts >= this.options.conflictsMax) {
        this.fail(waiting, new OverloadedError('Too many processes write this account at once'));
      } else {
        unit.again(waiting.begun);
        again.push(waiting);
      }
    }
    this.waiting = [...again, ...this.waiting];
    // Two processes in step would get in each other's way again and again.
    if (conflicts > 1) await this.clock.sleep(this.clock.random() * Math.min(conflicts, 8));
  }

  /** What adds to totals that another session goes on holding is written apart and later; the others go on at once. */
  private async leaveHeld(
    batch: readonly Waiting<Q, R>[],
    fold: Fold<Q, R>,
    totals: ReadonlySet<AccountId>,
  ): Promise<void> {
    const nowMs = this.clock.monotonicMs();
    const found = new Map([...totals].map((account) => [account, this.heldTotals.found(account, nowMs)]));
    const is = (held: Held): boolean => [...found.values()].includes(held);
    if (!is('longer') && !is('too-long')) return this.decideAgain(batch, fold, NO_TRANSACTIONS);
    for (const stream of fold.touched) stream.forget();
    const again = batch.filter((waiting) => {
      const { unit } = waiting;
      if (unit.totals === undefined || found.get(unit.totals) !== 'too-long') {
        unit.again(waiting.begun);
        return true;
      }
      const why = `Another session has held the totals of an account for ${HELD_MAX_MS} ms`;
      this.fail(waiting, new UnavailableError(why, 'not-started'));
      return false;
    });
    this.waiting = [...again, ...this.waiting];
    for (const account of totals) void this.retryHeld(account);
  }

  private async retryHeld(account: AccountId): Promise<void> {
    // A timer may be a little early.
    for (;;) {
      const waitMs = this.heldTotals.waitMs(account, this.clock.monotonicMs());
      if (waitMs === 0) break;
      await this.clock.sleep(waitMs);
    }
    this.schedule();
  }

  /** One of them holds up or spoils the statement: each is written by itself, and the one that cannot be is told. */
  private setApart(batch: readonly Waiting<Q, R>[], fold: Fold<Q, R>, error: unknown): void {
    for (const stream of fold.touched) stream.forget();
    const [only] = batch;
    if (only && batch.length === 1) {
      this.fail(only, error);
      return;
    }
    for (const waiting of batch) {
      waiting.alone = true;
      waiting.unit.again(waiting.begun);
    }
    this.waiting = [...batch, ...this.waiting];
  }

  private async tryLater(batch: readonly Waiting<Q, R>[], fold: Fold<Q, R>, error: UnavailableError): Promise<void> {
    for (const stream of fold.touched) stream.forget();
    let faults = 0;
    const again = batch.filter((waiting) => {
      waiting.faults += 1;
      waiting.begun ||= error.outcome === 'unknown';
      faults = Math.max(faults, waiting.faults);
      if (waiting.faults >= this.options.attemptsMax) {
        this.fail(waiting, error);
        return false;
      }
      waiting.unit.again(waiting.begun);
      return true;
    });
    this.waiting = [...again, ...this.waiting];
    await this.clock.sleep(backoffMs(this.options.backoff, faults - 1, this.clock.random()));
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
      this.fail(waiting, error);
    }
    void this.scheduleLater(backoffMs(this.options.backoff, faults, this.clock.random()));
    if (!this.inFlight && this.waiting.length === 0) for (const done of this.idle.splice(0)) done();
  }

  /** What may have been written is never told as not begun. */
  private fail(waiting: Waiting<Q, R>, error: unknown): void {
    this.answered(waiting);
    const unknown = waiting.begun && hasNotStarted(error);
    waiting.unit.failed(unknown ? new UnavailableError('The outcome is unknown', 'unknown', { cause: error }) : error);
  }

  private answered({ streams }: Waiting<Q, R>): void {
    for (const stream of streams) stream.unanswered -= 1;
  }

  private report(fold: Fold<Q, R>, startedMs: number, outcome: Appended['kind'] | 'failed'): void {
    journalFlushed.tell(() => ({ rows: fold.size, ms: this.clock.monotonicMs() - startedMs, outcome }));
  }
}
