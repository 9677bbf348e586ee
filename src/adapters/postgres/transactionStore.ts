import type { Pool } from 'pg';
import type { TransactionId } from '../../domain/ids';
import { afterWriting, UnavailableError } from '../../engine/faults';
import type { Moved } from '../../engine/moved';
import type {
  Clock,
  Created,
  Move,
  NewTransaction,
  RequestKey,
  Resumption,
  TransactionRecord,
  TransactionStore,
} from '../../engine/ports';
import { type FlushObserver, GroupCommit, type GroupCommitOptions } from './groupCommit';
import { run, runAlone } from './pool';
import { type TransactionCodec, type TransactionRow, TransactionRows } from './transactionRows';
import {
  CLAIM_DUE,
  CREATE_TRANSACTIONS,
  DEFER_TRANSACTION,
  MOVE_TRANSACTIONS,
  READ_FINAL_TRANSACTIONS,
  READ_KEYS,
  READ_TRANSACTIONS,
  SWEEP_AGE,
} from './transactionSql';

interface CreatedRow {
  readonly id: string;
  readonly created_at: Date;
  readonly deadline_at: Date;
}

type CreateOutcome = { readonly row: CreatedRow | undefined };
type KeyOutcome = {
  readonly used: { readonly fingerprint: string; readonly transaction_id: string | null } | undefined;
};
type MoveOutcome = { readonly moved: Moved | undefined };

/**
 * Transactions and the keys that started them, in PostgreSQL. Creations and moves each share group-committed
 * statements; they are two, so that neither waits for the other.
 */
export class PostgresTransactionStore<Q, R> implements TransactionStore<Q, R> {
  private readonly creations: GroupCommit<NewTransaction<Q>, CreateOutcome>;
  private readonly moves: GroupCommit<Move<R>, MoveOutcome>;
  /** Collected as writes are: under overload many ask for keys, and must not take the connections of those who work. */
  private readonly keys: GroupCommit<RequestKey, KeyOutcome>;
  private readonly rows: TransactionRows<Q, R>;

  constructor(
    private readonly pool: Pool,
    codec: TransactionCodec<Q, R>,
    options: GroupCommitOptions,
    /** How long a new transaction is left to its first driver before the sweep takes it for orphaned. */
    private readonly orphanedAfterMs: number,
    clock: Clock,
    observe?: FlushObserver,
  ) {
    this.rows = new TransactionRows(codec);
    this.creations = new GroupCommit((items) => this.flushCreations(items), options, clock, observe);
    this.moves = new GroupCommit((items) => this.flushMoves(items), options, clock, observe);
    this.keys = new GroupCommit((items) => this.readKeys(items), { ...options, lanes: 1 }, clock);
  }

  async create(transaction: NewTransaction<Q>): Promise<Created<Q, R>> {
    const { row } = await this.creations.write(transaction);
    if (row) return { kind: 'created', record: this.rows.createdRecord(transaction, row) };
    return afterWriting(() => this.found(transaction));
  }

  /** Nothing was created: an earlier attempt was, or the key belongs to another transaction. */
  private async found(transaction: NewTransaction<Q>): Promise<Created<Q, R>> {
    const { key } = transaction;
    if (!key) return this.alreadyCreated(transaction.id);
    const found = await this.findKey(key);
    // A key that was there is gone again: its transaction was finished and pruned meanwhile.
    if (!found) return { kind: 'key-reused' };
    if (found.kind === 'replayed' && found.id === transaction.id) return this.alreadyCreated(transaction.id);
    return found;
  }

  async findKey(key: RequestKey): Promise<Exclude<Created<Q, R>, { readonly kind: 'created' }> | undefined> {
    const { used } = await this.keys.write(key).catch((error: unknown) => {
      // A read that failed has begun nothing, wherever it failed.
      if (error instanceof UnavailableError) throw new UnavailableError(error.message, 'not-started', { cause: error });
      throw error;
    });
    if (!used) return undefined;
    if (used.fingerprint !== key.fingerprint || used.transaction_id === null) return { kind: 'key-reused' };
    return { kind: 'replayed', id: used.transaction_id };
  }

  async read(ids: readonly TransactionId[]): Promise<TransactionRecord<Q, R>[]> {
    if (ids.length === 0) return [];
    const rows = await runAlone<TransactionRow>(this.pool, READ_TRANSACTIONS, [ids]);
    return rows.map((row) => this.rows.recordOf(row));
  }

  async readFinal(ids: readonly TransactionId[]): Promise<TransactionRecord<Q, R>[]> {
    const rows = await runAlone<TransactionRow>(this.pool, READ_FINAL_TRANSACTIONS, [ids]);
    return rows.map((row) => this.rows.recordOf(row));
  }

  async move(move: Move<R>): Promise<Moved | undefined> {
    return (await this.moves.write(move)).moved;
  }

  async defer(id: TransactionId, delayMs: number): Promise<number> {
    const [row] = await runAlone<{ attempts: number }>(this.pool, DEFER_TRANSACTION, [id, delayMs], 'writes');
    return row?.attempts ?? 0;
  }

  claimDue(limit: number, leaseMs: number, { isSchedules } = { isSchedules: true }): Promise<Resumption[]> {
    return runAlone<Resumption>(this.pool, CLAIM_DUE, [limit, leaseMs, isSchedules], 'writes');
  }

  async sweepAgeMs(): Promise<number> {
    const [row] = await runAlone<{ age_ms: number }>(this.pool, SWEEP_AGE, []);
    return row?.age_ms ?? Number.POSITIVE_INFINITY;
  }

  async drained(): Promise<void> {
    await Promise.all([this.creations.drained(), this.moves.drained()]);
  }

  /** The first attempt to create it landed, and its answer was lost. */
  private async alreadyCreated(id: TransactionId): Promise<Created<Q, R>> {
    const [record] = await this.read([id]);
    if (!record) throw new Error(`transaction ${id} was neither created nor found`);
    return { kind: 'created', record };
  }

  private async flushCreations(items: readonly NewTransaction<Q>[]): Promise<readonly CreateOutcome[]> {
    const created = await run<CreatedRow>(this.pool, CREATE_TRANSACTIONS, [
      items.map(({ id }) => id),
      items.map(({ type }) => type),
      items.map(({ query }) => this.rows.encodeQuery(query)),
      items.map(({ branches }) => JSON.stringify(branches)),
      items.map(({ metadata }) => (metadata === undefined ? null : JSON.stringify(metadata))),
      items.map(({ timeoutMs }) => timeoutMs),
      items.map(({ key }) => key?.scope ?? null),
      items.map(({ key }) => key?.key ?? null),
      items.map(({ key }) => key?.fingerprint ?? null),
      this.orphanedAfterMs,
    ]);
    const byId = new Map(created.map((row) => [row.id, row]));
    return items.map(({ id }) => ({ row: byId.get(id) }));
  }

  private async readKeys(items: readonly RequestKey[]): Promise<readonly KeyOutcome[]> {
    const rows = await run<{ ord: number; fingerprint: string; transaction_id: string | null }>(this.pool, READ_KEYS, [
      items.map(({ scope }) => scope),
      items.map(({ key }) => key),
    ]);
    const byOrd = new Map(rows.map((row) => [row.ord, row]));
    return items.map((_, index) => ({ used: byOrd.get(index + 1) }));
  }

  private async flushMoves(items: readonly Move<R>[]): Promise<readonly MoveOutcome[]> {
    // One statement moves a transaction once: a second move of the same one has lost to the first.
    const first = new Map<TransactionId, Move<R>>();
    for (const move of items) if (!first.has(move.id)) first.set(move.id, move);
    const sorted = [...first.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
    const moved = await run<{ id: string; updated_at: Date; attempts: number }>(this.pool, MOVE_TRANSACTIONS, [
      sorted.map(({ id }) => id),
      sorted.map(({ from }) => from),
      sorted.map(({ to }) => to),
      sorted.map(({ guard }) => guard ?? null),
      sorted.map(({ reason }) => this.rows.encodeReason(reason)),
      sorted.map(({ errors }) => (errors ? JSON.stringify(errors) : null)),
      sorted.map((move) => this.rows.encodeDetail(move)),
    ]);
    const byId = new Map(moved.map(({ id, updated_at, attempts }) => [id, { at: updated_at.toISOString(), attempts }]));
    return items.map((move) => ({ moved: first.get(move.id) === move ? byId.get(move.id) : undefined }));
  }
}
