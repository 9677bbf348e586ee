import { decide, type TransactionCommand } from '../../domain/transaction/decide';
import { isPending, type Pending, type TransactionState } from '../../domain/transaction/state';
import type { Move } from '../journal/entries';
import type { GroupCommit } from '../journal/groupCommit';
import type { Log } from '../log';
import { traced } from '../tracing';
import type { SharedBranches } from './branch';
import { isMilestone, type Milestone, movedRecord, moveFor, tellMove } from './milestone';
import { writeMove } from './moveUnit';
import { hasExpired, type TransactionRecord } from './record';
import { steppedRecord } from './sharedStep';
import { type StepDeps, type Stepped, step } from './step';
import { type SharedMoved, StepUnit } from './stepUnit';
import type { TransactionStore } from './store';
import { describeCall, type Left, NOTHING_LEFT } from './unanswered';

export type Driven<Q, R> =
  | { readonly kind: 'at-rest'; readonly record: TransactionRecord<Q, R> }
  /** A later driver has to go on: because of `error`, if it is set, and with the calls in `left`. */
  | {
      readonly kind: 'unfinished';
      readonly record: TransactionRecord<Q, R>;
      readonly error: unknown;
      readonly left: Left;
    };

export interface DriverDeps<Q, R> extends StepDeps<Q, R> {
  readonly store: Pick<TransactionStore<Q, R>, 'read'>;
  readonly commit: GroupCommit<Q, R>;
  readonly shared: SharedBranches<Q, R>;
  readonly log: Log;
}

type GaveUp<Q, R> = Extract<Stepped<Q, R>, { kind: 'gave-up' }>;

/**
 * Refused moves in a row, with no change of the transaction, that a driver accepts. After that it takes the row to be
 * locked by another session.
 */
const REFUSED_MAX = 3;

/**
 * Drives transactions until they are at rest. A driver makes the calls that a transaction owes until its next
 * milestone, writes the milestone by compare-and-set, and goes on from the stored state. Branches that share the
 * record's database are written in the milestone's statement, and a decision to commit is then one statement with the
 * end. Each call to any other branch is durable before the next call. Any number of drivers, in this process or others,
 * may drive one transaction at the same time. They reach one outcome.
 */
export class Driver<Q, R> {
  constructor(private readonly deps: DriverDeps<Q, R>) {}

  /** Throws when the store is away. Then only the stored state is known. */
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

  /** Whether a branch of the transaction may be away for long. */
  isPatient({ state }: TransactionRecord<Q, R>): boolean {
    return state.branches.some((branch) => !this.deps.shared.has(branch) && this.deps.branchOf(branch).patience);
  }

  private async driveOn(start: TransactionRecord<Q, R>): Promise<Driven<Q, R>> {
    let record = start;
    let refused = 0;
    while (isPending(record.state) || hasExpired(record)) {
      const before = record;
      const next = await this.advance(record, record.state);
      if (next.kind === 'gave-up') return { kind: 'unfinished', record, error: next.error, left: next.left };
      record = next.record;
      refused = record.state.status === before.state.status ? refused + 1 : 0;
      if (refused >= REFUSED_MAX) {
        const error = new Error('its row is locked by another session');
        return { kind: 'unfinished', record, error, left: NOTHING_LEFT };
      }
    }
    return { kind: 'at-rest', record };
  }

  private async advance(
    record: TransactionRecord<Q, R>,
    state: TransactionState<Q, R>,
  ): Promise<GaveUp<Q, R> | { kind: 'advanced'; record: TransactionRecord<Q, R> }> {
    const { shared } = this.deps;
    const overdue = milestoneOfTime(record);
    if (overdue)
      return { kind: 'advanced', record: await this.writeMilestone(record, withVotes(record, state), overdue) };
    if (!isPending(state)) throw new Error(`transaction ${state.id} is ${state.status}: nothing is owed`);
    if (state.branches.every((branch) => shared.has(branch))) {
      return { kind: 'advanced', record: await this.advanceShared(record, state) };
    }
    const stepped = await step(state, record, this.deps);
    if (stepped.kind === 'gave-up') return stepped;
    return { kind: 'advanced', record: await this.writeMilestone(record, stepped.state, stepped.milestone) };
  }

  private async advanceShared(record: TransactionRecord<Q, R>, state: Pending<Q, R>): Promise<TransactionRecord<Q, R>> {
    const moved = await new Promise<SharedMoved<Q, R>>((resolve, reject) => {
      this.deps.commit.submit(new StepUnit(state, this.deps.shared, resolve, reject));
    });
    if (moved.kind === 'lost') return this.follow(state.id, moved.move);
    const { steps, move, at } = moved;
    tellMove(record, move, at);
    return steppedRecord(record, steps, at);
  }

  private async writeMilestone(
    record: TransactionRecord<Q, R>,
    state: TransactionState<Q, R>,
    milestone: Milestone<Q, R>,
  ): Promise<TransactionRecord<Q, R>> {
    const move = moveFor(state, milestone);
    const at = await writeMove(this.deps.commit, move);
    return at === undefined ? this.follow(state.id, move) : this.moved(record, state, milestone, move, at);
  }

  private moved(
    record: TransactionRecord<Q, R>,
    state: TransactionState<Q, R>,
    milestone: Milestone<Q, R>,
    move: Move<Q, R>,
    at: string,
  ): TransactionRecord<Q, R> {
    tellMove(record, move, at);
    return movedRecord(record, state, milestone, move, at);
  }

  /** Reads the stored state after a refused move: another driver, a client or the deadline was first, and the stored state counts. */
  private async follow(id: string, move: Move<Q, R> | undefined): Promise<TransactionRecord<Q, R>> {
    const [current] = await this.deps.store.read([id]);
    if (!current) throw new Error(`transaction ${id} is not stored`);
    this.deps.log.debug({ transactionId: id, wanted: move?.to, found: current.state.status }, 'move was refused');
    return current;
  }
}

/** The milestone that time alone decides: the end of the prepare phase, or of an authorization. The store checks it by its own clock. */
function milestoneOfTime<Q, R>({ state, remainingMs }: TransactionRecord<Q, R>): Milestone<Q, R> | undefined {
  if (remainingMs > 0 || (state.status !== 'preparing' && state.status !== 'authorized')) return undefined;
  const command: TransactionCommand<Q, R> =
    state.status === 'preparing'
      ? { type: 'Abort', reason: { kind: 'timeout' } }
      : { type: 'Void', reason: { kind: 'expired' } };
  const decision = decide(state, command);
  return decision.kind === 'accepted' ? decision.events.find(isMilestone) : undefined;
}

/**
 * Adds the known votes to the state, for the history of a transaction that passed its deadline. Branches that have
 * prepared voted to commit.
 */
function withVotes<Q, R>({ progress }: TransactionRecord<Q, R>, state: TransactionState<Q, R>): TransactionState<Q, R> {
  if (state.status !== 'preparing') return state;
  const prepared = state.branches.filter((_, index) => progress[index] === 'prepared');
  return { ...state, votes: new Map(prepared.map((branch) => [branch, { kind: 'commit' as const }])) };
}

/** Names in one line the branches that could not be reached, for logs and for the job that an operator reads. */
export function describeUnfinished<Q, R>({
  record,
  error,
  left,
}: Extract<Driven<Q, R>, { kind: 'unfinished' }>): string {
  const { id, status } = record.state;
  const own = error instanceof Error ? [error.message] : error === undefined ? [] : [JSON.stringify(error)];
  return `transaction ${id} is still ${status}: ${[...own, ...left.unanswered.map(describeCall)].join('; ')}`;
}
