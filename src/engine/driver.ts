import { assertNever } from '../domain/assertNever';
import type { TransactionId } from '../domain/ids';
import { evolve } from '../domain/transaction/evolve';
import { isPending, type Pending } from '../domain/transaction/state';
import { crashPoint } from './crashPoint';
import type { Moved } from './moved';
import type { HistoryEntry, Log, Move, TransactionRecord, TransactionStore } from './ports';
import { type Milestone, type StepDeps, type Stepped, step } from './step';
import { transactionMoved } from './telemetry';
import { traced } from './tracing';

export type Driven<Q, R> =
  | { readonly kind: 'final'; readonly record: TransactionRecord<Q, R> }
  /** Somebody has to go on later. */
  | { readonly kind: 'unfinished'; readonly record: TransactionRecord<Q, R>; readonly error: unknown };

export interface DriverDeps<Q, R> extends StepDeps<Q, R> {
  readonly store: TransactionStore<Q, R>;
  readonly log: Log;
}

/**
 * Drives transactions to a final status: does what a transaction owes until its next milestone, writes the milestone by
 * compare-and-set, goes on from whatever is then stored. Any number of drivers may drive one transaction at once, in
 * this process or in others; they reach one outcome.
 */
export class Driver<Q, R> {
  constructor(private readonly deps: DriverDeps<Q, R>) {}

  /** Throws when the store is away: then nothing is known but what is stored. */
  drive(start: TransactionRecord<Q, R>): Promise<Driven<Q, R>> {
    const { id, status } = start.state;
    return traced(
      'drive transaction',
      () => ({ 'tandem.transaction': id, 'tandem.from': status }),
      async (add) => {
        const driven = await this.driveOn(start);
        add({ 'tandem.to': driven.record.state.status });
        return driven;
      },
    );
  }

  private async driveOn(start: TransactionRecord<Q, R>): Promise<Driven<Q, R>> {
    let record = start;
    while (isPending(record.state)) {
      const stepped = await step(record.state, record.remainingMs, this.deps);
      if (stepped.kind === 'gave-up') return { kind: 'unfinished', record, error: stepped.error };
      record = await this.write(record, stepped);
    }
    return { kind: 'final', record };
  }

  private async write(
    record: TransactionRecord<Q, R>,
    { state, milestone, joint }: Extract<Stepped<Q, R>, { kind: 'milestone' }>,
  ): Promise<TransactionRecord<Q, R>> {
    const move = moveFor(state, milestone);
    const moved = (joint?.to === move.to ? joint.moved : undefined) ?? (await this.deps.store.move(move));
    if (!moved) return this.follow(move);
    this.deps.log.debug({ transactionId: state.id, from: move.from, to: move.to }, 'transaction moved');
    transactionMoved.tell(() => ({
      from: move.from,
      to: move.to,
      reason: 'reason' in state ? state.reason : undefined,
      phaseMs: Date.parse(moved.at) - Date.parse(record.updatedAt),
    }));
    crashPoint(move.from === 'preparing' ? 'decided' : 'finished', state.id);
    return moveRecord(record, state, milestone, move, moved);
  }

  /** Another driver, a client's abort or the deadline was first: what is stored is what counts. */
  private async follow(move: Move<R>): Promise<TransactionRecord<Q, R>> {
    const [current] = await this.deps.store.read([move.id]);
    if (!current) throw new Error(`transaction ${move.id} is not stored`);
    this.deps.log.debug({ transactionId: move.id, wanted: move.to, found: current.state.status }, 'move was refused');
    return current;
  }
}

function moveFor<Q, R>(state: Pending<Q, R>, milestone: Milestone<R>): Move<R> {
  const { id, status: from } = state;
  const votes =
    state.status === 'preparing' && state.votes.size > 0
      ? { votes: [...state.votes].map(([branch, vote]) => ({ branch, vote: vote.kind })) }
      : {};
  switch (milestone.type) {
    case 'CommitDecided':
      return { id, from, to: 'committing', guard: 'before-deadline', ...votes };
    case 'AbortDecided': {
      const { reason } = milestone;
      const guard = reason.kind === 'timeout' ? { guard: 'after-deadline' as const } : {};
      return { id, from, to: 'aborting', reason, ...guard, ...votes };
    }
    case 'TransactionCommitted':
      return { id, from, to: 'committed', confirmed: state.branches };
    case 'TransactionAborted':
      return { id, from, to: 'aborted', confirmed: state.branches };
    case 'TransactionFailed':
      return { id, from, to: 'failed', errors: milestone.errors };
    default:
      return assertNever(milestone);
  }
}

function moveRecord<Q, R>(
  record: TransactionRecord<Q, R>,
  state: Pending<Q, R>,
  milestone: Milestone<R>,
  move: Move<R>,
  { at, attempts }: Moved,
): TransactionRecord<Q, R> {
  const moved = evolve(state, milestone);
  const entry = historyEntry(move, at);
  return {
    ...record,
    state: moved,
    attempts,
    history: [...record.history, entry],
    updatedAt: at,
    ...(isPending(moved) || moved.status === 'failed' ? {} : { finishedAt: at }),
  };
}

/** What the store appends to the history for a move; the same for those who read it and those who wrote it. */
export function historyEntry<R>(move: Move<R>, at: string): HistoryEntry<R> {
  const { to, votes, confirmed, reason, errors } = move;
  return {
    status: to,
    at,
    ...(votes && { votes }),
    ...(confirmed && { confirmed }),
    ...(reason && { reason }),
    ...(errors && { errors }),
  };
}

/** Says in one line who could not be reached; for logs and for the job that an operator looks at. */
export function describeUnfinished(id: TransactionId, status: string, error: unknown): string {
  const detail = error instanceof Error ? error.message : String(error);
  return `transaction ${id} is still ${status}: ${detail}`;
}
