import type { AccountCommand, AccountRefusal, BranchCommand } from '../../domain/account/commands';
import { type AccountDecision, decide } from '../../domain/account/decide';
import { decideBranch } from '../../domain/account/decideBranch';
import type { AccountEvent } from '../../domain/account/events';
import { evolve } from '../../domain/account/evolve';
import { ABSENT, type AccountBranchState, type AccountState } from '../../domain/account/state';
import type { AccountId, TransactionId } from '../../domain/ids';
import type { AccountSnapshot, EntryNote, JournalEntry } from '../journal/entries';
import type { Stream } from '../journal/stream';

/**
 * The actor remembers at least this many of its last ended branches, and at most twice as many, to answer repeated calls.
 * Branches that began and ended in the statement that created their transaction do not count.
 */
const ENDED_KEPT = 64;
/** An account counts as contested for this long after another process wrote it. */
const CONTESTED_MS = 2_000;

/**
 * An actor without branches shares this with all others. No actor writes to it. Where accounts are many, most actors are
 * there for one transfer, and empty maps of their own would be half of their memory.
 */
const NONE = new Map<TransactionId, never>();

/** Collects the entries that one statement will write. */
interface Appendable {
  append(entry: JournalEntry): void;
}

/** When the oldest open branch lies at least this many entries back, the actor writes a `carry` entry that repeats it. */
const CARRIED_AFTER = 1_000;

/** Every `everyMs` the actor leaves an account that other processes write too alone for `forMs`. */
export interface Pauses {
  readonly everyMs: number;
  readonly forMs: number;
}

const NO_PAUSES: Pauses = { everyMs: 0, forMs: 0 };

interface KnownBranch {
  readonly state: AccountBranchState;
  /** The entry at which the branch began. The map keeps the branches in this order. */
  readonly since: number;
}

/**
 * The one live writer of an account in this process. Its memory holds the account as of entry `seq`, and nothing else.
 * The actor loads the account's journal, decides the commands that wait, and appends entries at the next sequence
 * number. If another process has written that number, the actor forgets its memory, loads again and decides again.
 */
export class AccountActor implements Stream {
  seq = 0;
  isLoaded = false;
  unanswered = 0;
  /**
   * Grows by one when the actor drops ended branches, and by two when it loads. A look-up may be outdated when the age
   * has grown by two since.
   */
  age = 0;
  private account: AccountState = ABSENT;
  private open: Map<TransactionId, KnownBranch> = NONE;
  /**
   * Branches that ended last. They include those that end in the statement in flight, because the journal does not show
   * them until it lands. They leave out those of transactions that the same statement creates.
   */
  private ended: Map<TransactionId, AccountBranchState> = NONE;
  private endedBefore: Map<TransactionId, AccountBranchState> = NONE;
  private durableSeq: number | undefined;
  private contestedUntilMs = Number.NEGATIVE_INFINITY;
  private restsUntilMs = Number.NEGATIVE_INFINITY;

  constructor(
    readonly id: AccountId,
    private readonly nowMs: () => number,
    private readonly pauses: () => Pauses = () => NO_PAUSES,
  ) {}

  get state(): AccountState {
    return this.account;
  }

  /** The branch as far as memory knows it. Undefined when only the journal can tell. */
  branch(id: TransactionId): AccountBranchState | undefined {
    return this.open.get(id)?.state ?? this.ended.get(id) ?? this.endedBefore.get(id);
  }

  /** Decides a command that is not part of a transaction, and appends the events. */
  handle(command: AccountCommand, note: EntryNote, fold: Appendable): AccountDecision {
    const decision = decide(this.account, command, this.open.size);
    if (decision.kind === 'accepted') for (const event of decision.events) this.apply(event, fold, note);
    return decision;
  }

  /**
   * Decides a coordinator's command and appends the events. `found` is the journal's state of a branch that is not in
   * memory. `note` is an operator's remark.
   */
  handleBranch(
    command: BranchCommand,
    found: AccountBranchState | undefined,
    fold: Appendable,
    note?: EntryNote,
  ): AccountRefusal | undefined {
    const decision = this.decideBranch(command, found);
    if (decision.kind === 'refused') return decision.refusal;
    this.applyAll(decision.events, fold, note);
    return undefined;
  }

  /**
   * Appends the events that {@link decideBranch} returned. The caller must decide nothing else on the account in between.
   * `isNew`: the statement creates the transaction. If the branch also ends in it, the actor does not remember the end.
   * The key of transactions admits one creation: if the statement is written, no process has a record of the transaction
   * that owes the branch a call.
   */
  applyAll(events: readonly AccountEvent[], fold: Appendable, note?: EntryNote, isNew = false): void {
    for (const event of events) this.apply(event, fold, note, isNew);
  }

  /** Decides as {@link handleBranch} does, but appends nothing. */
  decideBranch(command: BranchCommand, found: AccountBranchState | undefined): AccountDecision {
    const branch = this.branch(command.transactionId) ?? found;
    return decideBranch({ account: this.account, branch }, command);
  }

  load({ state, seq, branches }: AccountSnapshot): void {
    if (this.durableSeq !== undefined && seq > this.durableSeq) this.contestedUntilMs = this.nowMs() + CONTESTED_MS;
    this.account = state;
    this.seq = seq;
    this.durableSeq = seq;
    this.isLoaded = true;
    this.age += 2;
    this.open = NONE;
    this.ended = NONE;
    this.endedBefore = NONE;
    for (const { transactionId, since, held, incoming } of branches) {
      this.open = withBranch(this.open, transactionId, { state: { state: 'prepared', held, incoming }, since });
    }
  }

  forget(): void {
    this.isLoaded = false;
  }

  landed(): void {
    this.durableSeq = this.seq;
    if (this.open.size === 0) this.open = NONE;
    this.rest();
    if (this.ended.size < ENDED_KEPT) return;
    this.endedBefore = this.ended;
    this.ended = NONE;
    this.age += 1;
  }

  isContested(nowMs: number): boolean {
    return nowMs < this.contestedUntilMs;
  }

  restsForMs(nowMs: number): number {
    return Math.max(0, this.restsUntilMs - nowMs);
  }

  /** Pauses a contested account. The actor loads it again afterwards, so it sees what other processes wrote during the pause. */
  private rest(): void {
    const nowMs = this.nowMs();
    if (!this.isContested(nowMs)) return;
    const { everyMs, forMs } = this.pauses();
    if (forMs === 0 || nowMs - this.restsUntilMs < everyMs) return;
    this.restsUntilMs = nowMs + forMs;
    this.forget();
  }

  private apply(event: AccountEvent, fold: Appendable, note?: EntryNote, isNew = false): void {
    const transactionId = 'transactionId' in event ? event.transactionId : undefined;
    const branch = transactionId === undefined ? undefined : this.branch(transactionId);
    const next = evolve({ account: this.account, branch }, event);
    this.account = next.account;
    this.seq += 1;
    if (transactionId !== undefined && next.branch) this.keep(transactionId, next.branch, isNew);
    fold.append(this.entryOf(event, note));
    if (event.kind !== 'carry') this.carryOldest(fold);
  }

  /**
   * Repeats the oldest open branch in a `carry` entry when it lies too far back. Loading the account then never reads
   * much more than its open branches. The entries between two carries of one branch are at least four times as many as
   * the open branches, so carries are at most a quarter of all entries.
   */
  private carryOldest(fold: Appendable): void {
    const [oldest] = this.open;
    if (!oldest) return;
    const [transactionId, { state, since }] = oldest;
    if (state.state !== 'prepared' || this.seq - since < Math.max(CARRIED_AFTER, 4 * this.open.size)) return;
    this.open.delete(transactionId);
    this.apply({ kind: 'carry', transactionId, amount: state.held, promised: state.incoming }, fold);
  }

  private keep(id: TransactionId, state: AccountBranchState, isNew: boolean): void {
    if (state.state === 'prepared') {
      this.open = withBranch(this.open, id, { state, since: this.open.get(id)?.since ?? this.seq });
      return;
    }
    this.open.delete(id);
    if (!isNew) this.ended = withBranch(this.ended, id, state);
  }

  private entryOf(event: AccountEvent, note: EntryNote | undefined): JournalEntry {
    const { account } = this;
    const [oldest] = this.open.values();
    const isOpen = account.status === 'open';
    return {
      account: this.id,
      seq: this.seq,
      kind: event.kind,
      amount: 'amount' in event ? event.amount : 0n,
      promised: 'promised' in event && event.promised !== event.amount ? event.promised : undefined,
      posting: 'posting' in event ? event.posting : undefined,
      transactionId: 'transactionId' in event ? event.transactionId : undefined,
      terms: 'terms' in event ? event.terms : undefined,
      termsAfter: isOpen ? account.terms : undefined,
      note,
      balance: isOpen ? account.balance : 0n,
      held: isOpen ? account.held : 0n,
      incoming: isOpen ? account.incoming : 0n,
      openSince: oldest?.since,
    };
  }
}

/** The map with the branch in it, which is a new map if it had none. */
function withBranch<T>(branches: Map<TransactionId, T>, id: TransactionId, branch: T): Map<TransactionId, T> {
  const own = branches === NONE ? new Map<TransactionId, T>() : branches;
  return own.set(id, branch);
}
