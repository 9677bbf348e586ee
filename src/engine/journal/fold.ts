import type { TransactionId } from '../../domain/ids';
import type { Batch, ForeignBranch, JournalEntry, Move, NewTransaction, ReadAt, UsedKey } from './entries';
import type { KeyUse, RequestKey } from './requestKey';
import type { Stream } from './stream';

/** Collects what the units decide, one after the other, for one statement. */
export class Fold<Q, R> {
  readonly entries: JournalEntry[] = [];
  readonly created: NewTransaction<Q, R>[] = [];
  readonly moves: Move<Q, R>[] = [];
  readonly keys: UsedKey[] = [];
  readonly foreign: ForeignBranch[] = [];
  /** Each stream that was read, with its entry before this fold. */
  private readonly streams = new Map<Stream, number>();
  private readonly moving = new Set<TransactionId>();

  /** Call this before a decision uses what a stream knows. */
  read(stream: Stream): void {
    if (!this.streams.has(stream)) this.streams.set(stream, stream.seq);
  }

  append(entry: JournalEntry): void {
    this.entries.push(entry);
  }

  create(transaction: NewTransaction<Q, R>): void {
    this.created.push(transaction);
  }

  /** Returns false when the fold already moves the transaction: the later move has lost. */
  move(move: Move<Q, R>): boolean {
    if (this.moving.has(move.id)) return false;
    this.moving.add(move.id);
    this.moves.push(move);
    return true;
  }

  isMoving(id: TransactionId): boolean {
    return this.moving.has(id);
  }

  use({ scope, key, fingerprint }: RequestKey, use: Omit<KeyUse, 'fingerprint'>): void {
    this.keys.push({ scope, key, fingerprint, ...use });
  }

  claim(branch: ForeignBranch): void {
    this.foreign.push(branch);
  }

  get touched(): Iterable<Stream> {
    return this.streams.keys();
  }

  /** Rows that the statement will write. */
  get size(): number {
    return this.entries.length + this.created.length + this.moves.length + this.keys.length + this.foreign.length;
  }

  batch(): Batch<Q, R> {
    const { entries, created, moves, keys, foreign } = this;
    const read: ReadAt[] = [];
    for (const [{ id, seq }, before] of this.streams) if (seq === before) read.push({ account: id, seq });
    return { entries, created, moves, keys, foreign, read };
  }
}
