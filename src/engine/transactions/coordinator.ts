import type { BranchId, TransactionId } from '../../domain/ids';
import { isPending, type Preparing } from '../../domain/transaction/state';
import type { Clock } from '../clock';
import { crashPoint } from '../crashPoint';
import { afterWriting, OverloadedError, UnavailableError } from '../faults';
import { type HandOver, orHere } from '../handOver';
import type { NewTransaction } from '../journal/entries';
import type { GroupCommit } from '../journal/groupCommit';
import type { RequestKey } from '../journal/requestKey';
import type { JournalStore } from '../journal/store';
import type { BegunBefore } from './beginLookUp';
import { BeginUnit, type Begun } from './beginUnit';
import type { SharedBranches } from './branch';
import { BranchesHere } from './branchesHere';
import type { Drives } from './drives';
import type { FinalStatuses } from './finalStatuses';
import { tellBegun } from './milestone';
import { begunRecord } from './newRecord';
import type { TransactionRecord } from './record';
import type { TransactionStore } from './store';
import { Transaction, type TransactionDeps } from './transaction';
import type { WakeUpBatcher } from './wakeUpBatcher';

export interface CreateOptions {
  /** The number of leading branches that are asked before the others. Default: all of them. */
  readonly askedFirst?: number;
  /** Milliseconds from now to the deadline of the prepare phase. */
  readonly timeoutMs: number;
  /** For a transaction that waits for its capture: the longest wait in milliseconds, once it is prepared. */
  readonly expiresInMs?: number;
  readonly metadata?: unknown;
  readonly requestedBy?: string;
  readonly key?: RequestKey;
}

export type Creation<Q, R> =
  | { readonly kind: 'created' | 'replayed'; readonly transaction: Transaction<Q, R> }
  | { readonly kind: 'key-reused' };

/** A creation as the leader answers it to another process. */
export type CreationReply<Q, R> =
  | { readonly kind: 'created' | 'replayed'; readonly record: TransactionRecord<Q, R> }
  | { readonly kind: 'key-reused' };

export interface CoordinatorDeps<Q, R> {
  readonly type: string;
  readonly store: TransactionStore<Q, R>;
  readonly journal: Pick<JournalStore<Q, R>, 'readKeys'>;
  readonly commit: GroupCommit<Q, R>;
  readonly shared: SharedBranches<Q, R>;
  readonly drives: Drives<Q, R>;
  readonly finals: FinalStatuses<Q, R>;
  readonly wakeUps: WakeUpBatcher;
  readonly clock: Clock;
  /** Whether this process is the one that drives. This is a hint: several processes may drive, or none. */
  readonly leads: () => boolean;
  /** Whether this process drives what is left of the transactions that it begins by itself, without a job. */
  readonly drivesAtOnce: boolean;
  readonly handOver: HandOver<NewTransaction<Q, R>, CreationReply<Q, R>>;
}

/**
 * Two-phase commit over any branches (Gray, "Notes on Data Base Operating Systems", 1978). A branch outside the
 * record's database gets its first call only after the record is durable, and commits only after the decision is
 * durable. Branches in that database may be written with the record (presumed abort: Mohan, Lindsay, Obermarck, 1986).
 */
export class Coordinator<Q, R> {
  private readonly handled: TransactionDeps<Q, R>;

  constructor(private readonly deps: CoordinatorDeps<Q, R>) {
    this.handled = { ...deps, goOn: (record) => this.goOn(record) };
  }

  /**
   * Stores a transaction and makes sure that it is driven. The transaction is durable when the call resolves. If the
   * process that leads can be reached and every branch shares the database of the record, the transaction is final or
   * authorized by then, unless a branch cannot commit. Idempotent by `id`, and by `key` if one is given. Throws
   * UnavailableError when the store could not be reached; with `outcome: 'unknown'` the transaction may exist, and only a
   * repetition with the same key can tell.
   * While the driving process is overloaded, new transactions are refused with OverloadedError; repetitions get their
   * answer.
   */
  async create(
    id: TransactionId,
    query: Q,
    branches: readonly BranchId[],
    options: CreateOptions,
  ): Promise<Creation<Q, R>> {
    const { type, handOver } = this.deps;
    crashPoint('request-read', id);
    const { askedFirst = branches.length, ...rest } = options;
    if (!this.isInOrder(branches)) throw new Error('the branches in the database of the record come before the others');
    const transaction: NewTransaction<Q, R> = { id, type, query, branches, askedFirst, status: 'preparing', ...rest };
    return orHere(
      handOver(transaction),
      (reply) => (reply.kind === 'key-reused' ? reply : { kind: reply.kind, transaction: this.handle(reply.record) }),
      (mayExist) => this.createHere(transaction, mayExist),
    );
  }

  /** Creates a transaction that another process handed over. Idempotent, and throws, as {@link create}. */
  async createFor(transaction: NewTransaction<Q, R>): Promise<CreationReply<Q, R>> {
    const creation = await this.createHere(transaction, true);
    return creation.kind === 'key-reused' ? creation : { kind: creation.kind, record: creation.transaction.record };
  }

  private async createHere(transaction: NewTransaction<Q, R>, mayExist: boolean): Promise<Creation<Q, R>> {
    const { wakeUps, leads } = this.deps;
    const refusal = leads() ? undefined : refusalOfNew(wakeUps);
    return refusal ? this.onlyRepeated(transaction, refusal) : this.begin(transaction, mayExist);
  }

  /**
   * The transaction that an earlier request began under this key; undefined when there is none. For a request that is
   * refused unless it is a repetition. `id` is this request's own transaction, if it has one. Throws as {@link create}.
   */
  async repeated(key: RequestKey, id?: TransactionId): Promise<Creation<Q, R> | undefined> {
    const [use] = await this.deps.journal.readKeys([key]);
    if (!use) return undefined;
    if (use.fingerprint !== key.fingerprint || use.transactionId === undefined) return { kind: 'key-reused' };
    return this.foundBefore({ kind: 'found', id: use.transactionId, isReplay: use.transactionId !== id });
  }

  async get(id: TransactionId): Promise<Transaction<Q, R> | undefined> {
    const [record] = await this.deps.store.read([id]);
    return record && this.handle(record);
  }

  /**
   * Writes the record, with all that one statement can carry out if this process drives. A driver takes the steps that
   * are left.
   */
  private async begin(transaction: NewTransaction<Q, R>, mayExist: boolean): Promise<Creation<Q, R>> {
    const { commit, shared, clock, leads } = this.deps;
    const initial = preparing(transaction);
    const here = new BranchesHere(transaction.id, leads() ? transaction.branches : [], shared, true);
    const begun = await new Promise<Begun<Q, R>>((resolve, reject) => {
      commit.submit(new BeginUnit(transaction, initial, here, mayExist, resolve, reject));
    });
    if (begun.kind !== 'created') {
      const found = await this.foundBefore(begun);
      // The statement landed and its answer was lost, or another process wrote the same. No driver here reports the end.
      if (found.kind === 'created' && !isPending(found.transaction.record.state)) tellBegun(found.transaction.record);
      return found;
    }
    const record = begunRecord(transaction, initial, begun.carried, begun.at, clock);
    tellBegun(record);
    if (isPending(record.state)) this.goOn(record);
    return { kind: 'created', transaction: this.handle(record) };
  }

  /** Hands a record that was just written to a driver: here at once, or in the process that gets the job. */
  private goOn(record: TransactionRecord<Q, R>): void {
    const { leads, drivesAtOnce, drives, wakeUps } = this.deps;
    if (leads() && drivesAtOnce) {
      drives.start(record);
      return;
    }
    drives.expect(record);
    wakeUps.add(record.state.id);
  }

  /** Answers a repetition, which is not new work and needs only the store. */
  private async onlyRepeated({ key, id }: NewTransaction<Q, R>, refusal: Error): Promise<Creation<Q, R>> {
    const repeated = key && (await this.repeated(key, id));
    if (!repeated) throw refusal;
    return repeated;
  }

  private async foundBefore(begun: BegunBefore): Promise<Creation<Q, R>> {
    if (begun.kind === 'key-reused') return begun;
    const transaction = await afterWriting(() => this.get(begun.id));
    // The transaction of a key, and before it the key itself, may have been pruned a moment ago.
    if (!transaction) throw new UnavailableError(`Transaction ${begun.id} is not kept any more`, 'unknown');
    if (!begun.isReplay && isPending(transaction.record.state)) this.goOn(transaction.record);
    return { kind: begun.isReplay ? 'replayed' : 'created', transaction };
  }

  /** One statement asks all branches here. The driver asks the others after it. */
  private isInOrder(branches: readonly BranchId[]): boolean {
    const { shared } = this.deps;
    const first = branches.findIndex((branch) => !shared.has(branch));
    return first < 0 || !branches.some((branch, index) => index > first && shared.has(branch));
  }

  private handle(record: TransactionRecord<Q, R>): Transaction<Q, R> {
    return new Transaction(record.state.id, record, this.handled);
  }
}

/**
 * Returns the reason if a process that does not lead must refuse new work now. An unreachable queue is no reason,
 * because sweeps find the work.
 */
function refusalOfNew(wakeUps: WakeUpBatcher): Error | undefined {
  if (!wakeUps.attended()) return new UnavailableError('No process runs jobs', 'not-started', { away: 'workers' });
  return wakeUps.overloaded() ? new OverloadedError('Too many transactions wait to be driven') : undefined;
}

function preparing<Q, R>({ id, query, branches, askedFirst, expiresInMs }: NewTransaction<Q, R>): Preparing<Q, R> {
  const isTwoStep = expiresInMs !== undefined;
  return { status: 'preparing', id, query, branches, askedFirst, isTwoStep, votes: new Map() };
}
