import type { BranchId } from '../../domain/ids';
import { decide, type TransactionCommand } from '../../domain/transaction/decide';
import { evolve } from '../../domain/transaction/evolve';
import { isPending, type Pending, type TransactionState } from '../../domain/transaction/state';
import { UnavailableError } from '../faults';
import type { Move } from '../journal/entries';
import type { GroupCommit } from '../journal/groupCommit';
import type { Log } from '../log';
import { traced } from '../tracing';
import type { SharedBranches } from './branch';
import { BranchesHere } from './branchesHere';
import { carriedRecord } from './carryOut';
import { isMilestone, type Milestone, tellAnswered, tellMove } from './milestone';
import { hasExpired, type TransactionRecord } from './record';
import { type NotDone, type StepDeps, type Stepped, step } from './step';
import { StepUnit, type StepWritten } from './stepUnit';
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

/** What became of a statement. */
type Advanced<Q, R> =
  | { readonly kind: 'written'; readonly record: TransactionRecord<Q, R>; readonly errors: NotDone['errors'] }
  /** Nothing was written. The record was read again. */
  | { readonly kind: 'refused'; readonly record: TransactionRecord<Q, R> };

/**
 * Refused moves in a row, with no change of the transaction, that a driver accepts. After that it takes the row to be
 * locked by another session.
 */
const REFUSED_MAX = 3;

const COMMIT = { kind: 'commit' } as const;

/**
 * Drives transactions until they are at rest. One statement carries out what a transaction owes to the branches in the
 * record's database, with the milestone that follows. Then the driver calls the branches elsewhere until they bring
 * about a milestone. The statement of that milestone carries out what is owed here by then. A milestone is a
 * compare-and-set. Any number of drivers, in this process or others, may drive one transaction at the same time. They
 * reach one outcome.
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
      const next = await this.advance(record);
      if (next.kind === 'gave-up') return { kind: 'unfinished', record, error: next.error, left: next.left };
      const isUnchanged = next.kind === 'refused' && next.record.state.status === record.state.status;
      refused = isUnchanged ? refused + 1 : 0;
      record = next.record;
      if (refused >= REFUSED_MAX) {
        const error = new Error('its row is locked by another session');
        return { kind: 'unfinished', record, error, left: NOTHING_LEFT };
      }
    }
    return { kind: 'at-rest', record };
  }

  private async advance(read: TransactionRecord<Q, R>): Promise<GaveUp<Q, R> | Advanced<Q, R>> {
    const overdue = milestoneOfTime(read);
    if (overdue) return this.decide(read, withVotes(read, read.state, read.state.branches), overdue);
    const { shared, clock } = this.deps;
    const startedMs = clock.monotonicMs();
    const state = this.known(read);
    const owed = unanswered(state);
    const owedElsewhere = owed.filter((branch) => !shared.has(branch));
    let notDone: NotDone = { errors: [] };
    if (owed.length === 0 || owedElsewhere.length < owed.length) {
      try {
        const written = await this.write(read, state);
        if (written.kind === 'refused' || written.errors.length === 0) return written;
        notDone = written;
      } catch (cause) {
        // Branches elsewhere that wait for the decision hear it all the same.
        if (state.status === 'preparing' || owedElsewhere.length === 0) {
          return { kind: 'gave-up', error: cause, left: NOTHING_LEFT };
        }
        notDone = { errors: [], cause };
      }
    }
    const record = { ...read, remainingMs: read.remainingMs - (clock.monotonicMs() - startedMs) };
    const stepped = await step(state, record, this.deps, notDone);
    return stepped.kind === 'gave-up' ? stepped : this.decide(record, stepped.state, stepped.milestone);
  }

  /**
   * Writes a milestone, with what then is owed here. If an account cannot be written, writes the milestone alone: no
   * account may keep the others from hearing a decision.
   */
  private async decide(
    record: TransactionRecord<Q, R>,
    state: TransactionState<Q, R>,
    milestone: Milestone<Q, R>,
  ): Promise<GaveUp<Q, R> | Advanced<Q, R>> {
    const { shared, log } = this.deps;
    const here = unanswered(evolve(state, milestone)).filter((branch) => shared.has(branch));
    try {
      return await this.write(record, state, milestone, here);
    } catch (error) {
      if (here.length === 0 || isDatabaseAway(error)) return { kind: 'gave-up', error, left: NOTHING_LEFT };
      log.warn({ err: error, transactionId: state.id }, 'an account cannot be written: its decision is written alone');
    }
    try {
      return await this.write(record, state, milestone, []);
    } catch (error) {
      return { kind: 'gave-up', error, left: NOTHING_LEFT };
    }
  }

  /** Carries out with one statement what these branches are owed, and writes the milestone that the state has reached, if any. */
  private async write(
    record: TransactionRecord<Q, R>,
    state: TransactionState<Q, R>,
    reached?: Milestone<Q, R>,
    branches = unanswered(state),
  ): Promise<Advanced<Q, R>> {
    const { shared, commit, clock } = this.deps;
    const startedMs = clock.monotonicMs();
    const here = new BranchesHere(state.id, branches, shared, false);
    const written = await new Promise<StepWritten<Q, R>>((resolve, reject) => {
      commit.submit(new StepUnit(state, reached, here, resolve, reject));
    });
    if (written.kind === 'lost') return { kind: 'refused', record: await this.follow(state.id, written.move) };
    const { carried, move, at } = written;
    if (move) tellMove(record, move, at);
    if (here.accounts.length > 0) tellAnswered(carried.state);
    const remainingMs = record.remainingMs - (clock.monotonicMs() - startedMs);
    return { kind: 'written', record: carriedRecord({ ...record, remainingMs }, carried, at), errors: carried.errors };
  }

  /** The state with the answers of the branches here that the journal shows. */
  private known(record: TransactionRecord<Q, R>): Pending<Q, R> {
    const { state, progress } = record;
    const { shared } = this.deps;
    if (!isPending(state)) throw new Error(`transaction ${state.id} is ${state.status}: nothing is owed`);
    const here = state.branches.filter((branch) => shared.has(branch));
    // Without a branch elsewhere, the votes and the decision are one statement.
    if (state.status === 'preparing')
      return here.length < state.branches.length ? withVotes(record, state, here) : state;
    const end = state.status === 'committing' ? 'committed' : 'aborted';
    const ended = state.branches.filter((branch, index) => progress[index] === end && shared.has(branch));
    return { ...state, confirmed: new Set([...state.confirmed, ...ended]) };
  }

  /** Reads the stored state after a refused move: another driver, a client or the deadline was first, and the stored state counts. */
  private async follow(id: string, move: Move<Q, R> | undefined): Promise<TransactionRecord<Q, R>> {
    const [current] = await this.deps.store.read([id]);
    if (!current) throw new Error(`transaction ${id} is not stored`);
    this.deps.log.debug({ transactionId: id, wanted: move?.to, found: current.state.status }, 'move was refused');
    return current;
  }
}

function isDatabaseAway(error: unknown): boolean {
  return error instanceof UnavailableError && error.away === 'database';
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

/** Adds the votes of `branches` that are known to the state. Branches that have prepared voted to commit. */
function withVotes<Q, R, S extends TransactionState<Q, R>>(
  { progress }: TransactionRecord<Q, R>,
  state: S,
  branches: readonly BranchId[],
): S {
  if (state.status !== 'preparing') return state;
  const prepared = branches.filter((branch) => progress[state.branches.indexOf(branch)] === 'prepared');
  return { ...state, votes: new Map([...prepared.map((branch) => [branch, COMMIT] as const), ...state.votes]) };
}

/** The branches whose vote, or whose confirmation of the decision, is missing. */
function unanswered<Q, R>(state: TransactionState<Q, R>): readonly BranchId[] {
  if (!isPending(state)) return [];
  const answered = state.status === 'preparing' ? state.votes : state.confirmed;
  return state.branches.filter((branch) => !answered.has(branch));
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
