import type { AccountId, TransactionId } from '../../domain/ids';
import type { Clock } from '../clock';
import { OverloadedError, UnavailableError } from '../faults';
import { type BackoffPolicy, backoffMs } from '../retry';
import type { Appended } from './entries';
import { HELD_MAX_MS, type Held, type HeldTotals } from './heldTotals';
import type { Statement } from './inFlight';
import type { Written } from './unit';
import type { Waiting } from './waiting';

export interface AftermathOptions {
  /** Statements in a row that may fail because the database is away, before those who wait are told so. */
  readonly attemptsMax: number;
  /** Statements in a row that other processes may get ahead of. */
  readonly conflictsMax: number;
  /**
   * Whether it waits for a moment after conflicts in a row. A process that does not drive need not: it is refused at the moment in which the
   * one that drives may leave the account to it.
   */
  readonly waitsAfterConflicts?: () => boolean;
  readonly backoff: BackoffPolicy;
}

/** For so long after a conflict the accounts that were in it are written apart. */
export const CONFLICT_REMEMBERED_MS = 2_000;

const NO_TRANSACTIONS: ReadonlySet<string> = new Set();

/**
 * What becomes of the units of a statement: those that are written, have lost or cannot be written hear so. The others are
 * returned, when the time has come to decide them again, on accounts that are read again.
 */
export class Aftermath<Q, R> {
  private conflictMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly options: AftermathOptions,
    private readonly clock: Clock,
    private readonly heldTotals: HeldTotals,
    /** Called when totals that were held, or an account that was left to others, may be written again. */
    private readonly mayRetry: () => void,
  ) {}

  /** Whether another process wrote an account of ours shortly before. */
  isContended(nowMs: number): boolean {
    return nowMs - this.conflictMs <= CONFLICT_REMEMBERED_MS;
  }

  async of(statement: Statement<Q, R>, appended: Appended): Promise<readonly Waiting<Q, R>[]> {
    switch (appended.kind) {
      case 'written':
        return this.landed(statement, appended);
      case 'conflict':
        return this.conflicting(statement, appended.lost);
      case 'held':
        return this.held(statement, appended.totals);
      case 'blocked':
        return apart(statement, new UnavailableError('Lock timeout', 'not-started', { cause: appended.cause }));
    }
  }

  async ofFailure(statement: Statement<Q, R>, error: unknown): Promise<readonly Waiting<Q, R>[]> {
    return error instanceof UnavailableError ? this.away(statement, error) : apart(statement, error);
  }

  landed({ batch, fold }: Statement<Q, R>, written: Written): readonly [] {
    for (const stream of fold.touched) {
      stream.landed();
      const rests = () => stream.restsForMs(this.clock.monotonicMs());
      if (rests() > 0) void this.retryAfter(rests);
    }
    for (const waiting of batch) {
      const { unit } = waiting;
      waiting.answered();
      if (unit.totals !== undefined) this.heldTotals.written(unit.totals);
      unit.landed(written);
    }
    return [];
  }

  /** Another process was first. What carries a move that was refused has lost. */
  private async conflicting(
    statement: Statement<Q, R>,
    lost: ReadonlySet<TransactionId>,
  ): Promise<readonly Waiting<Q, R>[]> {
    forget(statement);
    this.conflictMs = this.clock.monotonicMs();
    const again: Waiting<Q, R>[] = [];
    let conflicts = 0;
    for (const waiting of statement.batch) {
      const { unit } = waiting;
      waiting.conflicts += 1;
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
    // Two processes in step would get in each other's way again and again.
    if (conflicts > 1 && (this.options.waitsAfterConflicts?.() ?? true))
      await this.clock.sleep(this.clock.random() * Math.min(conflicts, 8));
    return again;
  }

  /** What adds to totals that another session goes on holding is written apart and later; the others go on at once. */
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
      waiting.fail(new UnavailableError(why, 'not-started'));
      return false;
    });
    for (const account of totals) {
      void this.retryAfter(() => this.heldTotals.waitMs(account, this.clock.monotonicMs()));
    }
    return again;
  }

  private async retryAfter(waitsForMs: () => number): Promise<void> {
    // A timer may be a little early.
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

/** One of them holds up or spoils the statement: each is written by itself, and the one that cannot be is told. */
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

function forget<Q, R>({ fold }: Statement<Q, R>): void {
  for (const stream of fold.touched) stream.forget();
}
