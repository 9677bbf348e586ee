import type { AccountRefusal, BranchCommand } from '../../domain/account/commands';
import type { AccountEvent } from '../../domain/account/events';
import { assertNever } from '../../domain/assertNever';
import type { AccountId, BranchId, TransactionId } from '../../domain/ids';
import type { AbortReason, FinalVote } from '../../domain/transaction/state';
import { isElsewhere, linesOf, promiseOf, type TransferQuery, type TransferRefusal } from '../../domain/transfer';
import { TerminalError } from '../faults';
import type { Fold } from '../journal/fold';
import type { GroupCommit } from '../journal/groupCommit';
import { NO_QUESTIONS } from '../journal/lookUp';
import type { Question } from '../journal/unit';
import type { Branch, SharedBranch, SharedBranches } from '../transactions/branch';
import type { AccountActor } from './accountActor';
import type { Accounts } from './accounts';
import { BranchLookUp, BranchUnit } from './branchUnit';

type Query = TransferQuery;
type Refusal = TransferRefusal;

/** A branch that is always reachable. It does not need the attempt number of a call. */
export interface LocalBranch extends Branch<Query, Refusal> {
  prepare(id: TransactionId, query: Query): Promise<FinalVote<Refusal>>;
  commit(id: TransactionId, query: Query): Promise<undefined>;
  abort(id: TransactionId, reason: AbortReason<Refusal>): Promise<undefined>;
}

/** The accounts of this database as participants of transfers. Each call becomes a command to an account's actor. */
export class LocalBranches implements SharedBranches<Query, Refusal> {
  constructor(
    private readonly accounts: Accounts,
    private readonly commit: GroupCommit<Query, Refusal>,
  ) {}

  has(branch: BranchId): boolean {
    return !isElsewhere(branch);
  }

  accountOf(branch: BranchId): AccountId {
    return branch;
  }

  /** The branch by itself. Each call is durable when it resolves. */
  of(account: AccountId): LocalBranch {
    const ask = (
      transactionId: TransactionId,
      command: () => BranchCommand,
      reads: readonly AccountId[] = [],
    ): Promise<AccountRefusal | undefined> =>
      new Promise((resolve, reject) => {
        this.commit.submit(new BranchUnit(this.accounts.of(account), transactionId, command, reads, resolve, reject));
      });
    return {
      prepare: async (id, query) => {
        const command = () => prepare(id, query, account, this.accounts);
        return voteOf(account, await ask(id, command, [payerOf(query)]));
      },
      commit: async (id, query) => expectDone(account, await ask(id, () => commit(id, query, account))),
      abort: async (id) => expectDone(account, await ask(id, () => ({ type: 'Abort', transactionId: id }))),
    };
  }

  /** The branch as part of the statement that is being decided. */
  shared(account: BranchId, transactionId: TransactionId, isNew: boolean): SharedBranch<Query, Refusal> {
    return new SharedAccountBranch(account, transactionId, this.accounts, isNew);
  }
}

class SharedAccountBranch implements SharedBranch<Query, Refusal> {
  private readonly actor: AccountActor;
  private readonly look: BranchLookUp;
  /** Events that were decided and not yet written. */
  private events: readonly AccountEvent[] = [];

  constructor(
    private readonly account: AccountId,
    private readonly transactionId: TransactionId,
    private readonly accounts: Accounts,
    private readonly isNew: boolean,
  ) {
    this.actor = accounts.of(account);
    this.look = new BranchLookUp(this.actor, transactionId);
  }
  questions(): readonly Question[] {
    return this.isNew ? NO_QUESTIONS : this.look.questions();
  }

  again(): void {
    this.look.again();
  }

  vote(query: Query): FinalVote<Refusal> {
    return voteOf(this.account, this.decide(prepare(this.transactionId, query, this.account, this.accounts)));
  }

  problemOf(call: 'commit' | 'abort', query: Query): string | undefined {
    const { transactionId, account } = this;
    const refusal = this.decide(
      call === 'commit' ? commit(transactionId, query, account) : { type: 'Abort', transactionId },
    );
    return refusal && problemOf(refusal);
  }

  addTo(fold: Fold<Query, Refusal>): void {
    this.actor.applyAll(this.events, fold, undefined, this.isNew);
    this.events = [];
  }

  private decide(command: BranchCommand): AccountRefusal | undefined {
    const decision = this.actor.decideBranch(command, this.look.found);
    this.events = decision.kind === 'accepted' ? decision.events : [];
    return decision.kind === 'refused' ? decision.refusal : undefined;
  }
}

/** The first origin. Its currency is the transfer's, unless the transfer names one. */
function payerOf({ postings }: Query): AccountId {
  const [first] = postings;
  if (!first) throw new Error('a transfer has no postings');
  return first.origin;
}

function prepare(transactionId: TransactionId, query: Query, account: AccountId, accounts: Accounts): BranchCommand {
  const payer = accounts.of(payerOf(query)).state;
  const ofPayer = payer.status === 'open' ? { code: payer.terms.currency } : undefined;
  const currency = query.currency === undefined ? ofPayer : { code: query.currency };
  return { type: 'Prepare', transactionId, promised: promiseOf(query, account, currency) };
}

function commit(transactionId: TransactionId, query: Query, account: AccountId): BranchCommand {
  return { type: 'Commit', transactionId, lines: linesOf(query, account) };
}

function voteOf(account: AccountId, refusal: AccountRefusal | undefined): FinalVote<Refusal> {
  return refusal ? { kind: 'abort', reason: reasonFor(account, refusal) } : { kind: 'commit' };
}

function expectDone(account: AccountId, refusal: AccountRefusal | undefined): undefined {
  if (!refusal) return undefined;
  throw new TerminalError(`account ${account}: ${problemOf(refusal)}`);
}

function problemOf(refusal: AccountRefusal): string {
  return refusal.kind === 'protocol-violation' ? refusal.detail : refusal.kind;
}

function reasonFor(account: AccountId, refusal: AccountRefusal): Refusal {
  switch (refusal.kind) {
    case 'account-not-found':
    case 'account-closed':
    case 'account-frozen':
    case 'currency-mismatch':
    case 'balance-limit-exceeded':
    case 'branch-aborted':
      return { kind: refusal.kind, account };
    case 'insufficient-funds':
      return { kind: refusal.kind, account, missing: refusal.missing };
    case 'account-already-exists':
    case 'account-not-empty':
    case 'protocol-violation':
      throw new TerminalError(`account ${account}: ${problemOf(refusal)}`);
    default:
      return assertNever(refusal);
  }
}
