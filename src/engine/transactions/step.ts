import type { BranchId } from '../../domain/ids';
import { decide, type TransactionCommand } from '../../domain/transaction/decide';
import { evolve } from '../../domain/transaction/evolve';
import { pendingWork } from '../../domain/transaction/pendingWork';
import type { BranchError, Pending, TransactionState } from '../../domain/transaction/state';
import { crashPoint } from '../crashPoint';
import { TerminalError } from '../faults';
import type { SharedBranches } from './branch';
import { BranchCalls, type CallDeps } from './branchCalls';
import { isMilestone, type Milestone } from './milestone';
import type { TransactionRecord } from './record';
import { type Left, LeftForLater } from './unanswered';

export type Stepped<Q, R> =
  /** `state` is the state before the milestone, with the votes or confirmations that led to it. */
  | { readonly kind: 'milestone'; readonly state: Pending<Q, R>; readonly milestone: Milestone<Q, R> }
  /** A branch could not be reached within the attempts of one step. `error` comes from a branch without its own patience, if any. */
  | { readonly kind: 'gave-up'; readonly error: unknown; readonly left: Left };

/** Why what was owed to the branches in the record's database could not be carried out before this step. */
export interface NotDone {
  /** No retry can fix these. */
  readonly errors: readonly BranchError[];
  /** A later driver tries again. */
  readonly cause?: unknown;
}

export interface StepDeps<Q, R> extends CallDeps<Q, R> {
  /** Branches in the record's database. A step does not call them. */
  readonly shared: Pick<SharedBranches<Q, R>, 'has'>;
}

/**
 * Carries out, in parallel, the calls that a pending transaction owes to branches elsewhere until it reaches its next
 * milestone. The same code runs a transaction for the first time and after a crash. While the transaction prepares,
 * `remainingMs` limits the wait for votes. After that the milestone is the abort for the timeout, which the store
 * confirms or refuses by its own clock. A call that an earlier driver left is made at its time and not before.
 */
export function step<Q, R>(
  state: Pending<Q, R>,
  record: Pick<TransactionRecord<Q, R>, 'remainingMs' | 'unanswered'>,
  deps: StepDeps<Q, R>,
  notDone: NotDone = { errors: [] },
): Promise<Stepped<Q, R>> {
  return new Promise((resolve) => {
    const running = new Step(state, record, deps, notDone, resolve);
    running.start();
  });
}

class Step<Q, R> {
  private state: TransactionState<Q, R>;
  /** Calls that were made and are unanswered. */
  private open = 0;
  private over = false;
  private timer: NodeJS.Timeout | undefined;
  private readonly called = new Set<BranchId>();
  private readonly terminal: BranchError[];
  private readonly unanswered: Left['unanswered'][number][] = [];
  /** Whether no attempt can answer any of the unanswered calls. */
  private isStuck: boolean;
  private lastError: unknown;
  private readonly calls: BranchCalls<Q, R>;

  constructor(
    initial: Pending<Q, R>,
    private readonly record: Pick<TransactionRecord<Q, R>, 'remainingMs' | 'unanswered'>,
    private readonly deps: StepDeps<Q, R>,
    { errors, cause }: NotDone,
    private readonly done: (stepped: Stepped<Q, R>) => void,
  ) {
    this.state = initial;
    this.terminal = [...errors];
    this.isStuck = cause === undefined;
    this.lastError = cause ?? errorOf(errors);
    this.calls = new BranchCalls(initial.id, record, deps, () => this.over);
  }

  start(): void {
    const { remainingMs } = this.record;
    if (this.state.status === 'preparing') {
      // Without this check, branches that answer faster than any timer would be asked again and again for votes that
      // come too late.
      if (remainingMs <= 0) {
        this.timedOut();
        return;
      }
      this.timer = setTimeout(() => this.timedOut(), remainingMs);
    }
    this.callAll();
    this.giveUpWhenAllAnswered();
  }

  /** Makes every call that is now owed and was not made. */
  private callAll(): void {
    if (this.over) return;
    for (const call of pendingWork(this.state)) {
      if (this.called.has(call.branch) || this.deps.shared.has(call.branch)) continue;
      this.called.add(call.branch);
      this.open += 1;
      this.calls.make(call).then(
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
    if (error instanceof LeftForLater) {
      this.unanswered.push(error.left);
      if (error.isTerminal) this.terminal.push({ branch, message: error.message });
      else this.isStuck = false;
    } else {
      this.lastError = error;
      if (error instanceof TerminalError) this.terminal.push({ branch, message: error.message });
      else this.isStuck = false;
    }
    this.giveUpWhenAllAnswered();
  }

  /**
   * Reports terminal errors only after every other branch has answered, so that it reports all of them. If a branch can
   * still receive the decision, gives up instead of failing: a failed transaction is not driven any more.
   */
  private giveUpWhenAllAnswered(): void {
    if (this.over || this.open > 0) return;
    const { terminal, unanswered, lastError: error, state } = this;
    if (terminal.length > 0 && (this.isStuck || state.status === 'preparing'))
      this.take({ type: 'Fail', errors: terminal });
    else this.finish({ kind: 'gave-up', error, left: { unanswered, confirmed: this.patientlyConfirmed() } });
  }

  /** The patient branches that have confirmed. Accounts are left out, because they record the decision themselves. */
  private patientlyConfirmed(): Left['confirmed'] {
    const { state, deps } = this;
    if (state.status !== 'committing' && state.status !== 'aborting') return [];
    const as = state.status === 'committing' ? 'committed' : 'aborted';
    return [...state.confirmed]
      .filter((branch) => !deps.shared.has(branch) && deps.branchOf(branch).patience)
      .map((branch) => ({ branch, as }));
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
}

function errorOf(errors: readonly BranchError[]): TerminalError | undefined {
  if (errors.length === 0) return undefined;
  return new TerminalError(errors.map(({ branch, message }) => `${branch}: ${message}`).join('; '));
}
