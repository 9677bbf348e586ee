import type { BranchId } from '../../domain/ids';
import { decide, type TransactionCommand } from '../../domain/transaction/decide';
import { evolve } from '../../domain/transaction/evolve';
import { type BranchCall, pendingWork } from '../../domain/transaction/pendingWork';
import type { BranchError, Pending, TransactionState } from '../../domain/transaction/state';
import type { Clock } from '../clock';
import { crashPoint } from '../crashPoint';
import { TerminalError } from '../faults';
import { type BackoffPolicy, backoffMs } from '../retry';
import { branchRetried } from '../telemetry';
import { traced } from '../tracing';
import type { Branch } from './branch';
import { isMilestone, type Milestone } from './milestone';

export type Stepped<Q, R> =
  /** `state` is the one before the milestone, with the votes or confirmations that led to it. */
  | { readonly kind: 'milestone'; readonly state: Pending<Q, R>; readonly milestone: Milestone<Q, R> }
  /** Some branch could not be reached in the attempts one step has. */
  | { readonly kind: 'gave-up'; readonly error: unknown };

export interface StepDeps<Q, R> {
  readonly branchOf: (branch: BranchId) => Branch<Q, R>;
  readonly clock: Clock;
  /** Between the attempts of one call. */
  readonly backoff: BackoffPolicy;
  readonly attemptsMax: number;
}

/**
 * Carries out what a pending transaction owes to its branches, in parallel, until it reaches its next milestone.
 * The same code runs a transaction for the first time and after a crash. While preparing, `remainingMs` bounds the wait
 * for votes: then the milestone is the abort for the timeout, which the store confirms or refuses by its own clock.
 */
export function step<Q, R>(state: Pending<Q, R>, remainingMs: number, deps: StepDeps<Q, R>): Promise<Stepped<Q, R>> {
  return new Promise((resolve) => {
    const running = new Step(state, deps, resolve);
    running.start(remainingMs);
  });
}

class Step<Q, R> {
  private state: TransactionState<Q, R>;
  /** Calls that were made and have not been answered. */
  private open = 0;
  private over = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly called = new Set<BranchId>();
  private readonly terminal: BranchError[] = [];
  private lastError: unknown;

  constructor(
    initial: Pending<Q, R>,
    private readonly deps: StepDeps<Q, R>,
    private readonly done: (stepped: Stepped<Q, R>) => void,
  ) {
    this.state = initial;
  }

  start(remainingMs: number): void {
    if (this.state.status === 'preparing') {
      // Branches that answer faster than any timer must not be asked again and again for votes that come too late.
      if (remainingMs <= 0) {
        this.timedOut();
        return;
      }
      this.timer = setTimeout(() => this.timedOut(), remainingMs);
    }
    this.callAll();
  }

  /** Makes every call that is owed by now and has not been made. */
  private callAll(): void {
    if (this.over) return;
    for (const call of pendingWork(this.state)) {
      if (this.called.has(call.branch)) continue;
      this.called.add(call.branch);
      this.open += 1;
      this.perform(call).then(
        (command) => this.answered(command),
        (error: unknown) => this.failed(call.branch, error),
      );
    }
  }

  private timedOut(): void {
    this.take({ type: 'Abort', reason: { kind: 'timeout' } });
  }

  private answered(command: TransactionCommand<Q, R>): void {
    if (this.over) return;
    this.open -= 1;
    this.take(command);
    this.callAll();
    this.giveUpWhenAllAnswered();
  }

  private failed(branch: BranchId, error: unknown): void {
    if (this.over) return;
    this.open -= 1;
    this.lastError = error;
    if (error instanceof TerminalError) this.terminal.push({ branch, message: error.message });
    this.giveUpWhenAllAnswered();
  }

  /** Terminal errors are told only when every other branch has answered, so that all of them are told. */
  private giveUpWhenAllAnswered(): void {
    if (this.over || this.open > 0) return;
    if (this.terminal.length > 0) this.take({ type: 'Fail', errors: this.terminal });
    else this.finish({ kind: 'gave-up', error: this.lastError });
  }

  private take(command: TransactionCommand<Q, R>): void {
    if (this.over) return;
    const decision = decide(this.state, command);
    if (decision.kind === 'refused') return;
    const milestone = decision.events.find(isMilestone);
    this.nameWindow(command, milestone !== undefined);
    for (const event of decision.events) if (!isMilestone(event)) this.state = evolve(this.state, event);
    if (milestone) this.finish({ kind: 'milestone', state: this.state as Pending<Q, R>, milestone });
  }

  private finish(stepped: Stepped<Q, R>): void {
    if (this.over) return;
    this.over = true;
    clearTimeout(this.timer);
    this.done(stepped);
  }

  private nameWindow(command: TransactionCommand<Q, R>, last: boolean): void {
    const { status, id } = this.state;
    if (command.type === 'RecordVotes') crashPoint(last ? 'prepared' : 'one-prepared', id);
    else if (command.type !== 'ConfirmBranch') return;
    else if (status === 'committing') crashPoint(last ? 'branches-committed' : 'one-committed', id);
    else if (status === 'aborting') crashPoint(last ? 'branches-aborted' : 'one-aborted', id);
  }

  private async perform(call: BranchCall<Q, R>): Promise<TransactionCommand<Q, R>> {
    const { attemptsMax, backoff, clock } = this.deps;
    for (let attempt = 0; ; attempt += 1) {
      let cause: 'error' | 'asked' = 'asked';
      try {
        const command = await traced(
          `branch ${call.type}`,
          () => ({ 'tandem.transaction': this.state.id, 'tandem.branch': call.branch }),
          () => this.callOnce(call),
        );
        if (command) return command;
      } catch (error) {
        if (error instanceof TerminalError || attempt + 1 >= attemptsMax) throw error;
        cause = 'error';
      }
      if (this.over) throw new Error('the step is over');
      branchRetried.tell(() => ({ call: call.type, cause }));
      await clock.sleep(backoffMs(backoff, attempt, clock.random()));
    }
  }

  /** None when the branch asks to be prepared again later: it may ask as often as it likes before the deadline. */
  private async callOnce(call: BranchCall<Q, R>): Promise<TransactionCommand<Q, R> | undefined> {
    const branch = this.deps.branchOf(call.branch);
    const { id } = this.state;
    switch (call.type) {
      case 'prepare': {
        const vote = await branch.prepare(id, call.query);
        return vote.kind === 'retry' ? undefined : { type: 'RecordVotes', votes: [{ branch: call.branch, vote }] };
      }
      case 'commit':
        await branch.commit(id, call.query);
        return { type: 'ConfirmBranch', branch: call.branch };
      case 'abort':
        await branch.abort(id, call.reason);
        return { type: 'ConfirmBranch', branch: call.branch };
    }
  }
}
