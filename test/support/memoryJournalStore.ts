import type { AccountBranchState } from '../../src/domain/account/state';
import type { AccountId, TransactionId } from '../../src/domain/ids';
import { isElsewhere } from '../../src/domain/transfer';
import type {
  AccountSnapshot,
  Appended,
  Batch,
  ForeignBranch,
  JournalEntry,
  Move,
  NewTransaction,
  UsedKey,
} from '../../src/engine/journal/entries';
import type { KeyUse, RequestKey } from '../../src/engine/journal/requestKey';
import type { BranchOf, JournalStore } from '../../src/engine/journal/store';
import { historyEntry } from '../../src/engine/transactions/milestone';
import type { MemoryDatabase } from './memoryDatabase';
import { MemoryStore } from './memoryStore';

export type JournalCall<Q, R> =
  | { readonly kind: 'load'; readonly accounts: readonly AccountId[] }
  | { readonly kind: 'readKeys' | 'readBranches' | 'readForeign' | 'existing' }
  | { readonly kind: 'append'; readonly batch: Batch<Q, R> };

/** An in-memory {@link JournalStore}. */
export class MemoryJournalStore<Q, R> extends MemoryStore<JournalCall<Q, R>> implements JournalStore<Q, R> {
  /** The result of an append instead of writing; undefined writes. */
  instead: (batch: Batch<Q, R>) => Appended | undefined = () => undefined;

  constructor(readonly database: MemoryDatabase<Q, R>) {
    super();
  }

  load(accounts: readonly AccountId[]): Promise<readonly AccountSnapshot[]> {
    return this.around({ kind: 'load', accounts }, () => accounts.map((id) => this.database.snapshot(id)));
  }

  readKeys(keys: readonly RequestKey[]): Promise<readonly (KeyUse | undefined)[]> {
    return this.around({ kind: 'readKeys' }, () => keys.map((key) => this.database.keys.get(this.database.key(key))));
  }

  readBranches(branches: readonly BranchOf[]): Promise<readonly (AccountBranchState | undefined)[]> {
    return this.around({ kind: 'readBranches' }, () =>
      branches.map(({ account, transactionId }) => this.database.branch(account, transactionId)),
    );
  }

  existing(ids: readonly TransactionId[]): Promise<ReadonlySet<TransactionId>> {
    return this.around({ kind: 'existing' }, () => new Set(ids.filter((id) => this.database.transactions.has(id))));
  }

  readForeign(ids: readonly TransactionId[]): Promise<readonly (ForeignBranch | undefined)[]> {
    return this.around({ kind: 'readForeign' }, () => ids.map((id) => this.database.foreign.get(id)));
  }

  append(batch: Batch<Q, R>): Promise<Appended> {
    return this.around({ kind: 'append', batch }, () => this.instead(batch) ?? this.write(batch));
  }

  appends(): readonly Batch<Q, R>[] {
    return this.calls.flatMap((call) => (call.kind === 'append' ? [call.batch] : []));
  }

  /** The kinds of the entries of each append so far. */
  kinds(): readonly (readonly string[])[] {
    return this.appends().map(({ entries }) => entries.map(({ kind }) => kind));
  }

  private write(batch: Batch<Q, R>): Appended {
    const movedIds = batch.moves.map(({ id }) => id);
    if (new Set(movedIds).size < movedIds.length) throw new Error('a batch moves a transaction once');
    const made = batch.moves.filter((move) => this.isDue(move));
    const lost = new Set(batch.moves.filter((move) => move.fenced && !made.includes(move)).map(({ id }) => id));
    if (lost.size > 0 || this.isStale(batch)) return { kind: 'conflict', lost };
    if (this.isTaken(batch)) return { kind: 'conflict', lost: new Set() };
    const { at } = this.database;
    for (const entry of batch.entries) this.addEntry(entry);
    for (const transaction of batch.created) this.create(transaction, at);
    for (const move of made) this.move(move, at);
    for (const branch of batch.foreign) this.database.foreign.set(branch.id, branch);
    for (const used of usedKeys(batch)) {
      const { scope: _, key: _key, ...use } = used;
      this.database.keys.set(this.database.key(used), use);
    }
    return { kind: 'written', at, moved: new Set(made.map(({ id }) => id)) };
  }

  private isStale({ read }: Batch<Q, R>): boolean {
    return read.some(({ account, seq }) => this.database.journal(account).length > seq);
  }

  /** Whether a key of the journal, of a transaction or of a request is in use. */
  private isTaken({ entries, created, foreign, ...batch }: Batch<Q, R>): boolean {
    const { journals, transactions, keys } = this.database;
    const next = new Map<AccountId, number>();
    for (const { account, seq } of entries) {
      const expected = next.get(account) ?? (journals.get(account)?.length ?? 0) + 1;
      if (seq < expected) return true;
      if (seq > expected) throw new Error(`the journal of ${account} would have a gap before ${seq}`);
      next.set(account, seq + 1);
    }
    const used = usedKeys({ created, ...batch }).map((key) => this.database.key(key));
    if (new Set(used).size < used.length || used.some((key) => keys.has(key))) return true;
    return created.some(({ id }) => transactions.has(id)) || foreign.some(({ id }) => this.database.foreign.has(id));
  }

  private isDue({ id, from, guard }: Move<Q, R>): boolean {
    const { database } = this;
    const stored = database.transactions.get(id);
    if (stored?.status !== from) return false;
    if (guard === undefined) return true;
    const { nowMs } = database.clock;
    switch (guard) {
      case 'before-deadline':
        return database.deadlineMs(stored) > nowMs;
      case 'after-deadline':
        return database.deadlineMs(stored) <= nowMs;
      case 'before-expiry':
        return database.expiryMs(stored) > nowMs;
      case 'after-expiry':
        return database.expiryMs(stored) <= nowMs;
    }
  }

  private addEntry(entry: JournalEntry): void {
    const { journals } = this.database;
    journals.set(entry.account, [...(journals.get(entry.account) ?? []), entry]);
  }

  private create(start: NewTransaction<Q, R>, at: string): void {
    const { id, query, status, reason, votes, branches, expiresInMs } = start;
    const { clock, transactions, orphanedAfterMs } = this.database;
    const all = branches.map((branch) => ({ branch, vote: 'commit' as const }));
    const isFinal = status === 'aborted' || status === 'committed';
    const confirmed = status === 'aborted' ? branches.filter((branch) => !isElsewhere(branch)) : branches;
    transactions.set(id, {
      start,
      query,
      status,
      reason,
      errors: [],
      decided: status === 'committing' ? 'committing' : undefined,
      history: [
        { status: 'preparing', at },
        ...(status === 'committed' ? [{ status: 'committing' as const, at, votes: all }] : []),
        ...(status === 'aborted' && reason
          ? [{ status: 'aborting' as const, at, ...(votes && { votes }), reason }]
          : []),
        ...(status === 'preparing' ? [] : [{ status, at, ...(isFinal ? { confirmed } : { votes: all }) }]),
      ],
      attempts: 0,
      calls: new Map(),
      createdMs: clock.nowMs,
      nextAttemptMs: clock.nowMs + (status === 'authorized' ? (expiresInMs ?? 0) : orphanedAfterMs),
      finishedAt: isFinal ? at : undefined,
    });
  }

  private move(move: Move<Q, R>, at: string): void {
    const stored = this.database.transaction(move.id);
    const { to, from } = move;
    stored.status = to;
    stored.query = move.query ?? stored.query;
    stored.reason = move.reason ?? stored.reason;
    stored.errors = move.errors ?? [];
    if (to === 'committing' || to === 'aborting') stored.decided = to;
    if (to === 'committed' || to === 'aborted') stored.finishedAt = at;
    if (to === 'failed') stored.nextAttemptMs = Number.POSITIVE_INFINITY;
    else if (to === 'authorized') stored.nextAttemptMs = this.database.expiryMs(stored);
    else if (from === 'failed' || from === 'authorized') stored.nextAttemptMs = this.database.clock.nowMs;
    if ((from === 'preparing' || from === 'authorized') && (to === 'committed' || to === 'aborted')) {
      const { confirmed: _confirmed, ...decision } = move;
      const { votes: _votes, reason: _reason, ...end } = move;
      const decided = to === 'committed' ? 'committing' : 'aborting';
      stored.history.push(historyEntry({ ...decision, to: decided }, at), historyEntry(end, at));
    } else stored.history.push(historyEntry(move, at));
  }
}

function usedKeys<Q, R>({ keys, created }: Pick<Batch<Q, R>, 'keys' | 'created'>): readonly UsedKey[] {
  return [...keys, ...created.flatMap(({ id, key }) => (key ? [{ ...key, transactionId: id }] : []))];
}
