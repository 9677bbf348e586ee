import type { AccountId, TransactionId } from '../../domain/ids';
import type { Clock } from '../clock';
import { asUnknown, hasNotStarted, OverloadedError, UnavailableError } from '../faults';
import { type BackoffPolicy, backoffMs } from '../retry';
import type { Appended } from './entries';
import { HELD_MAX_MS, type Held, type HeldTotals } from './heldTotals';
import type { Statement } from './inFlight';
import type { Written } from './unit';
import type { Waiting } from './waiting';

export interface AftermathOptions {
  /** Statements in a row that may fail because the database is away. After that the waiting callers get the error. */
  readonly attemptsMax: number;
  /** Statements in a row that may lose to other processes. */
  readonly conflictsMax: number;
  /**
   * Whether this process waits briefly after each conflict in a row. A process that does not drive waits only after every
   * second one: its conflict comes at the moment at which the driving process may leave the account alone. But the driving
   * process leaves it alone only after it has lost once, so the other must not stay in step with it.
   */
  readonly waitsAfterConflicts?: () => boolean;
  readonly backoff: BackoffPolicy;
}

/** For this long after a conflict, the accounts in it go into statements of their own. */
export const CONFLICT_REMEMBERED_MS = 2_000;

/** What is left to do when a statement has ended. The accounts are then known as of its entries. */
export interface Ended<Q, R> {
  /** The units to be decided again. */
  readonly again: readonly Waiting<Q, R>[];
  /** Answers the units that were written, if any. Call it once. */
  readonly answer?: () => void;
}

const NO_TRANSACTIONS: ReadonlySet<string> = new Set();

/**
 * Decides what becomes of the units of a statement. It answers the units that have lost or cannot be written. It leaves
 * the answers to those that were written to its caller, and returns the others when they may be decided again, on
 * accounts that are read again.
 */
export class Aftermath<Q, R> {
  private conflictMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly options: AftermathOptions,
    private readonly clock: Clock,
    private readonly heldTotals: HeldTotals,
    /** Called when held totals, or an account left to other processes, may be written again. */
    private readonly mayRetry: () => void,
  ) {}

  /** Whether another process recently wrote an account of this process. */
  isContended(nowMs: number): boolean {
    return nowMs - this.conflictMs <= CONFLICT_REMEMBERED_MS;
  }

  async of(statement: Statement<Q, R>, appended: Appended): Promise<Ended<Q, R>> {
    switch (appended.kind) {
      case 'written':
        return this.landed(statement, appended);
      case 'conflict':
        return { again: await this.conflicting(statement, appended.lost) };
      case 'held':
        return { again: await this.held(statement, appended.totals) };
      case 'blocked':
        return { again: apart(statement, appended.fault) };
    }
  }

  async ofFailure(statement: Statement<Q, R>, error: unknown): Promise<Ended<Q, R>> {
    return { again: error instanceof UnavailableError ? await this.away(statement, error) : apart(statement, error) };
  }

  landed({ batch, fold }: Statement<Q, R>, written: Written): Ended<Q, R> {
    for (const stream of fold.touched) {
      stream.landed();
      const rests = () => stream.restsForMs(this.clock.monotonicMs());
      if (rests() > 0) void this.retryAfter(rests);
    }
    for (const { unit } of batch) if (unit.totals !== undefined) this.heldTotals.written(unit.totals);
    const answer = (): void => {
      for (const waiting of batch) {
        waiting.answered();
        tellLanded(waiting, written);
      }
    };
    return { again: [], answer };
  }

  /** Another process wrote first. A unit has lost if its fenced move was refused. */
  private async conflicting(
    statement: Statement<Q, R>,
    lost: ReadonlySet<TransactionId>,
  ): Promise<readonly Waiting<Q, R>[]> {
    forget(statement);
    const again: Waiting<Q, R>[] = [];
    let conflicts = 0;
    // A refused move says nothing of the accounts. Its unit is not tried again.
    const isOfAccounts = lost.size === 0;
    if (isOfAccounts) this.conflictMs = this.clock.monotonicMs();
    for (const waiting of statement.batch) {
      const { unit } = waiting;
      if (isOfAccounts) waiting.conflicts += 1;
      conflicts = Math.max(conflicts, waiting.conflicts);
      if (unit.isFenced && unit.moves !== undefined && lost.has(unit.moves)) {
        waiting.answered();
        unit.lost();
      } else if (waiting.conflicts >= this.options.conflictsMax) {
        waiting.fail(new OverloadedError('Too many processes write this account at once'));
      } else {
        unit.again(waiting.begun);
        again.push(waiting);
      }
    }
    // A random wait keeps two processes from conflicting again and again in step.
    const waits = conflicts % 2 === 0 || (this.options.waitsAfterConflicts?.() ?? true);
    if (conflicts > 1 && waits) await this.clock.sleep(this.clock.random() * Math.min(conflicts, 8));
    return again;
  }

  /** Units that add to totals which another session keeps locked are written apart and later. All other units go on at once. */
  private async held(statement: Statement<Q, R>, totals: ReadonlySet<AccountId>): Promise<readonly Waiting<Q, R>[]> {
    const nowMs = this.clock.monotonicMs();
    const found = new Map([...totals].map((account) => [account, this.heldTotals.found(account, nowMs)]));
    const is = (held: Held): boolean => [...found.values()].includes(held);
    if (!is('longer') && !is('too-long')) return this.conflicting(statement, NO_TRANSACTIONS);
    forget(statement);
    const again = statement.batch.filter((waiting) => {
      const { unit } = waiting;
      if (unit.totals === undefined || found.get(unit.totals) !== 'too-long') {
        unit.again(waiting.begun);
        return true;
      }
      const why = `Another session has held the totals of an account for ${HELD_MAX_MS} ms`;
      waiting.fail(new UnavailableError(why, 'not-started', { away: 'lock' }));
      return false;
    });
    for (const account of totals) {
      void this.retryAfter(() => this.heldTotals.waitMs(account, this.clock.monotonicMs()));
    }
    return again;
  }

  private async retryAfter(waitsForMs: () => number): Promise<void> {
    // A timer may fire slightly early.
    for (let waitMs = waitsForMs(); waitMs > 0; waitMs = waitsForMs()) await this.clock.sleep(waitMs);
    this.mayRetry();
  }

  private async away(statement: Statement<Q, R>, error: UnavailableError): Promise<readonly Waiting<Q, R>[]> {
    forget(statement);
    let faults = 0;
    const again = statement.batch.filter((waiting) => {
      waiting.faults += 1;
      waiting.begun ||= error.outcome === 'unknown';
      faults = Math.max(faults, waiting.faults);
      if (waiting.faults >= this.options.attemptsMax) {
        waiting.fail(error);
        return false;
      }
      waiting.unit.again(waiting.begun);
      return true;
    });
    await this.clock.sleep(backoffMs(this.options.backoff, faults - 1, this.clock.random()));
    return again;
  }
}

/** One unit blocks or breaks the statement. Each unit is now written by itself, and the unit that cannot be written gets the error. */
function apart<Q, R>(statement: Statement<Q, R>, error: unknown): readonly Waiting<Q, R>[] {
  forget(statement);
  const { batch } = statement;
  const [only] = batch;
  if (only && batch.length === 1) {
    only.fail(error);
    return [];
  }
  for (const waiting of batch) {
    waiting.alone = true;
    waiting.unit.again(waiting.begun);
  }
  return batch;
}

/** If the answer of one unit throws, the others still get theirs. The unit is written, so it is not told as not begun. */
function tellLanded<Q, R>({ unit }: Waiting<Q, R>, written: Written): void {
  try {
    unit.landed(written);
  } catch (error) {
    unit.failed(hasNotStarted(error) ? asUnknown('The outcome is unknown', error) : error);
  }
}

function forget<Q, R>({ fold }: Statement<Q, R>): void {
  for (const stream of fold.touched) stream.forget();
}
