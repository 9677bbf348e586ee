import type { AccountCommand, AccountRefusal, BranchCommand } from '../domain/account/commands';
import { decide } from '../domain/account/decide';
import type { AccountEvent } from '../domain/account/events';
import { evolveBranch } from '../domain/account/evolve';
import type { Decision } from '../domain/decision';
import type { AccountId, TransactionId } from '../domain/ids';
import type { AccountMessage, AccountReply } from './accountMessages';
import type { Behaviour, Reply } from './actor';
import { hasNotStarted } from './faults';
import { Idle } from './idle';
import { KnownAccount } from './knownAccount';
import { KnownBranches } from './knownBranches';
import type { AccountSnapshot, AccountStore, AccountWritten, EntryOutcome } from './ports';
import { RequestsInFlight } from './requestsInFlight';
import { answerOfKey, dependsOnFunds, type Staged, stagedOf, takeWritable } from './staged';
import { UnderWay } from './underWay';

/**
 * The one live writer of an account in this process. It decides each command in memory at once, the next before the
 * previous one is durable, and replies when the write has landed. What it decided on an outdated state is left out by
 * the store and decided again here.
 */
export class AccountActor implements Behaviour<AccountMessage, AccountReply> {
  private account = new KnownAccount();
  private readonly branches = new KnownBranches();
  private readonly requests = new RequestsInFlight();
  private readonly staged: Staged[] = [];
  private writing: readonly Staged[] | undefined;
  private lastTicket = 0;
  private readonly idle = new Idle();
  /** The reads of messages that are decided again, which no mailbox waits for. */
  private readonly reading = new UnderWay();

  constructor(
    private readonly id: AccountId,
    private readonly store: AccountStore,
  ) {}

  /** While a message that is decided again waits for a read, the next ones wait too: they would overtake it for ever. */
  receive(message: AccountMessage, reply: Reply<AccountReply>): void | Promise<void> {
    if (this.reading.isEmpty) return this.accept(message, reply);
    return this.reading.settled().then(() => this.accept(message, reply));
  }

  private accept(message: AccountMessage, reply: Reply<AccountReply>): void | Promise<void> {
    if (message.kind === 'money') {
      const { request } = message;
      const leader = this.requests.lead(request, reply, () => this.handleAgain(message, reply, this.nextTicket()));
      return leader ? this.handleOrReject(message, leader, this.nextTicket()) : undefined;
    }
    return this.handleOrReject(message, reply, this.nextTicket());
  }

  private nextTicket(): number {
    this.lastTicket += 1;
    return this.lastTicket;
  }

  /** A read that failed is the answer to whoever needed it. What is known of the account is as true as before. */
  private handleOrReject(message: AccountMessage, reply: Reply<AccountReply>, ticket: number): void | Promise<void> {
    return this.handle(message, reply, ticket)?.catch((error: unknown) => reply.reject(error));
  }

  /** Decides a message, for the first time or again, and stages what it wants to write. */
  private handle(message: AccountMessage, reply: Reply<AccountReply>, ticket: number): void | Promise<void> {
    if (message.kind === 'branch' && this.needsBranch(message.command))
      return this.loadBranchThen(message, reply, ticket);
    const decision = this.decide(message.command);
    if (decision.kind === 'refused' && dependsOnFunds(decision.refusal)) {
      if (!this.account.isFreshFor(ticket)) return this.refreshThen(message, reply, ticket);
      if (message.kind === 'branch') return this.decideKnowing(message, reply, ticket);
    }
    this.stage(stagedOf(message, reply, ticket, decision));
    return undefined;
  }

  /**
   * A commit writes the amount that was prepared; prepared elsewhere, only the database knows it. A repeated prepare
   * writes nothing, so that only the database can say whether the branch was aborted elsewhere meanwhile.
   */
  private needsBranch({ type, transactionId }: BranchCommand): boolean {
    if (type === 'AbortBranch') return false;
    return (type === 'CommitBranch') !== this.branches.has(transactionId);
  }

  private decide(command: AccountCommand): Decision<AccountEvent, AccountRefusal> {
    const branch = 'transactionId' in command ? this.branches.get(command.transactionId) : undefined;
    return decide(this.account.state, branch, command);
  }

  private async loadBranchThen(
    message: Extract<AccountMessage, { kind: 'branch' }>,
    reply: Reply<AccountReply>,
    ticket: number,
  ): Promise<void> {
    const { type, transactionId } = message.command;
    await this.loadBranch(transactionId);
    // What was guessed of the branch was taken back meanwhile: nothing is known of it, as for a first prepare.
    if (type !== 'CommitBranch' && !this.branches.has(transactionId)) return this.handle(message, reply, ticket);
    this.stage(stagedOf(message, reply, ticket, this.decide(message.command)));
  }

  private async loadBranch(transactionId: TransactionId): Promise<void> {
    const branch = await this.store.loadBranch(this.id, transactionId);
    if (branch) this.branches.learn(transactionId, branch);
  }

  /** Nobody is refused on a guess: what is staged lands first, then the state is read anew. */
  private async refreshThen(message: AccountMessage, reply: Reply<AccountReply>, ticket: number): Promise<void> {
    const upTo = this.lastTicket;
    await this.untilWritten();
    this.adopt(await this.store.load(this.id), upTo);
    return this.decideKnowing(message, reply, ticket);
  }

  /**
   * The branch is read after the account: what it was prepared with elsewhere is in the hold already and must not be
   * asked for twice. What is decided then is staged in the same turn, behind all that it was decided on.
   */
  private async decideKnowing(message: AccountMessage, reply: Reply<AccountReply>, ticket: number): Promise<void> {
    if (message.kind === 'branch') await this.loadBranchAfterAccount(message.command.transactionId);
    // A write that was lost meanwhile has made a guess of what was known.
    if (!this.account.isFreshFor(ticket)) return this.refreshThen(message, reply, ticket);
    this.stage(stagedOf(message, reply, ticket, this.decide(message.command)));
  }

  private async loadBranchAfterAccount(transactionId: TransactionId): Promise<void> {
    for (let version: bigint | undefined; version !== this.account.version; ) {
      version = this.account.version;
      await this.loadBranch(transactionId);
    }
  }

  /** What is staged counts at once for what is decided next. */
  private stage(staged: Staged): void {
    const event = staged.entry?.event;
    if (event) this.account.guess(event);
    if (event && 'transactionId' in event) this.branches.know(event.transactionId, evolveBranch(event));
    this.staged.push(staged);
    if (!this.writing) this.write();
  }

  private write(): void {
    const batch = takeWritable(this.staged);
    const entries = batch.flatMap(({ entry }) => (entry ? [entry] : []));
    if (entries.length === 0) {
      for (const staged of batch) this.answerAsDecided(staged);
      this.wrote();
      return;
    }
    this.writing = batch;
    const upTo = this.lastTicket;
    this.store.write(this.id, entries).then(
      (written) => this.landed(batch, written, upTo),
      (error: unknown) => this.lost(batch, error),
    );
  }

  private landed(batch: readonly Staged[], written: AccountWritten, upTo: number): void {
    this.writing = undefined;
    const leftOut = written.outcomes.some(({ kind }) => kind !== 'applied');
    // What came after was decided on the same outdated state, answers that write nothing included.
    const later = leftOut ? this.staged.splice(0) : [];
    // A guess is forgotten; what was read from the database stays known, or nothing would ever be decided.
    for (const { message, entry } of later) {
      if (entry && message.kind === 'branch') this.branches.forget(message.command.transactionId);
    }
    const again = [...this.answer(batch, written.outcomes), ...later];
    this.adopt(written.account, upTo);
    this.redecide(again);
    this.wrote();
  }

  /** Answers what the write settled; returns what must be decided again. */
  private answer(batch: readonly Staged[], outcomes: readonly EntryOutcome[]): Staged[] {
    const again: Staged[] = [];
    let next = 0;
    let leftOut = false;
    for (const staged of batch) {
      const outcome = staged.entry ? outcomes[next++] : undefined;
      if (!outcome) {
        // It waited for the entries before it; were they left out, its answer no longer follows from them.
        if (leftOut) again.push(staged);
        else this.answerAsDecided(staged);
        continue;
      }
      leftOut ||= outcome.kind !== 'applied';
      if (!this.settle(staged, outcome)) again.push(staged);
    }
    return again;
  }

  private answerAsDecided({ message, reply, answer }: Staged): void {
    if (message.kind === 'branch') this.branches.forgetFinished(message.command.transactionId);
    reply.resolve(answer);
  }

  private settle({ message, reply, answer }: Staged, outcome: EntryOutcome): boolean {
    const transactionId = message.kind === 'branch' ? message.command.transactionId : undefined;
    switch (outcome.kind) {
      case 'applied':
        if (transactionId) this.branches.forgetFinished(transactionId);
        reply.resolve(answer.kind === 'done' ? { ...answer, balance: outcome.balance, held: outcome.held } : answer);
        return true;
      case 'key-taken':
        reply.resolve(answerOfKey(message, outcome));
        return true;
      case 'branch-differs':
        if (transactionId && outcome.branch) this.branches.know(transactionId, outcome.branch);
        else if (transactionId) this.branches.forget(transactionId);
        return false;
      case 'stale':
        if (transactionId) this.branches.forget(transactionId);
        return false;
    }
  }

  /** The write failed, and what it did may not be known: nothing in memory can be trusted any more. */
  private lost(batch: readonly Staged[], error: unknown): void {
    this.writing = undefined;
    const later = this.staged.splice(0);
    this.account = new KnownAccount();
    this.branches.forgetAll();
    for (const { reply } of batch) reply.reject(error);
    // Where nobody can write, what waited behind it is told so as well, instead of waiting as long again.
    if (hasNotStarted(error)) for (const { reply } of later) reply.reject(error);
    else this.redecide(later);
    this.wrote();
  }

  private adopt(snapshot: AccountSnapshot, freshUpTo: number): void {
    const staged = this.staged.map(({ entry }) => entry?.event);
    this.account.adopt(snapshot, freshUpTo, staged);
  }

  private redecide(again: readonly Staged[]): void {
    for (const { message, reply, ticket } of again) this.handleAgain(message, reply, ticket);
  }

  private handleAgain(message: AccountMessage, reply: Reply<AccountReply>, ticket: number): void {
    const reading = this.handleOrReject(message, reply, ticket);
    if (reading) this.reading.add(reading);
  }

  private wrote(): void {
    if (this.writing) return;
    if (this.staged.length > 0) {
      this.write();
      return;
    }
    this.idle.tell();
  }

  private async untilWritten(): Promise<void> {
    if (this.writing || this.staged.length > 0) await this.idle.wait();
  }
}
