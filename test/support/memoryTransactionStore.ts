import type { TransactionId } from '../../src/domain/ids';
import { isPending, type Pending, type TransactionState } from '../../src/domain/transaction/state';
import { historyEntry } from '../../src/engine/driver';
import type { Moved } from '../../src/engine/moved';
import type {
  Created,
  Move,
  NewTransaction,
  RequestKey,
  Resumption,
  TransactionRecord,
  TransactionStore,
} from '../../src/engine/ports';
import type { MemoryClock } from './memoryClock';

interface Row<Q, R> {
  record: TransactionRecord<Q, R>;
  readonly deadlineMs: number;
  nextAttemptMs: number;
}

type Call =
  | { readonly kind: 'create' | 'read' | 'defer' | 'claimDue' }
  | { readonly kind: 'move'; readonly to: string };

/** How long a new transaction is left to the driver that its wake-up finds. */
export const FIRST_SWEEP_MS = 1000;

/** The contract of {@link TransactionStore} in memory, on a clock that the test moves. Hooks as in the account store. */
export class MemoryTransactionStore<Q, R> implements TransactionStore<Q, R> {
  private readonly rows = new Map<TransactionId, Row<Q, R>>();
  private readonly keys = new Map<string, { id: TransactionId; fingerprint: string }>();
  readonly moves: Move<R>[] = [];
  reads = 0;
  private sweptAtMs = 0;
  before: (call: Call) => Promise<void> = () => Promise.resolve();
  after: (call: Call) => Promise<void> = () => Promise.resolve();

  constructor(private readonly clock: MemoryClock) {}

  create(transaction: NewTransaction<Q>): Promise<Created<Q, R>> {
    return this.around({ kind: 'create' }, () => this.insert(transaction));
  }

  findKey(key: RequestKey): Promise<Exclude<Created<Q, R>, { readonly kind: 'created' }> | undefined> {
    this.reads += 1;
    return this.around({ kind: 'read' }, () => this.keyed(key));
  }

  read(ids: readonly TransactionId[]): Promise<TransactionRecord<Q, R>[]> {
    this.reads += 1;
    return this.around({ kind: 'read' }, () => ids.flatMap((id) => (this.rows.has(id) ? [this.record(id)] : [])));
  }

  async readFinal(ids: readonly TransactionId[]): Promise<TransactionRecord<Q, R>[]> {
    return (await this.read(ids)).filter(({ state }) => !isPending(state));
  }

  move(move: Move<R>): Promise<Moved | undefined> {
    return this.around({ kind: 'move', to: move.to }, () => this.compareAndSet(move));
  }

  defer(id: TransactionId, delayMs: number): Promise<number> {
    return this.around({ kind: 'defer' }, () => {
      const row = this.row(id);
      row.nextAttemptMs = this.clock.nowMs + delayMs;
      return this.countAttempt(row);
    });
  }

  claimDue(limit: number, leaseMs: number): Promise<Resumption[]> {
    return this.around({ kind: 'claimDue' }, () => {
      this.sweptAtMs = this.clock.nowMs;
      const due = [...this.rows.values()]
        .filter(({ record, nextAttemptMs }) => isPending(record.state) && nextAttemptMs <= this.clock.nowMs)
        .slice(0, limit);
      for (const row of due) row.nextAttemptMs = this.clock.nowMs + leaseMs;
      return due.map((row) => ({ id: row.record.state.id, attempts: this.countAttempt(row) }));
    });
  }

  async sweepAgeMs(): Promise<number> {
    return this.clock.nowMs - this.sweptAtMs;
  }

  /** The record now, without the hooks. */
  record(id: TransactionId): TransactionRecord<Q, R> {
    const { record, deadlineMs } = this.row(id);
    return { ...record, remainingMs: deadlineMs - this.clock.nowMs };
  }

  private insert({ id, type, query, branches, timeoutMs, metadata, key }: NewTransaction<Q>): Created<Q, R> {
    const taken = key && this.keyed(key);
    if (taken) return taken;
    if (this.rows.has(id)) return { kind: 'replayed', id };
    const at = this.at();
    const record: TransactionRecord<Q, R> = {
      state: { status: 'preparing', id, query, branches, votes: new Map() },
      type,
      ...(metadata !== undefined && { metadata }),
      attempts: 0,
      history: [{ status: 'preparing', at }],
      deadlineAt: new Date(this.clock.nowMs + timeoutMs).toISOString(),
      remainingMs: timeoutMs,
      createdAt: at,
      updatedAt: at,
    };
    const { nowMs } = this.clock;
    this.rows.set(id, { record, deadlineMs: nowMs + timeoutMs, nextAttemptMs: nowMs + FIRST_SWEEP_MS });
    if (key) this.keys.set(keyIdOf(key), { id, fingerprint: key.fingerprint });
    return { kind: 'created', record: this.record(id) };
  }

  private keyed(key: RequestKey): Exclude<Created<Q, R>, { readonly kind: 'created' }> | undefined {
    const taken = this.keys.get(keyIdOf(key));
    if (!taken) return undefined;
    return taken.fingerprint === key.fingerprint ? { kind: 'replayed', id: taken.id } : { kind: 'key-reused' };
  }

  private compareAndSet(move: Move<R>): Moved | undefined {
    const row = this.row(move.id);
    const { state } = row.record;
    if (state.status !== move.from) return undefined;
    const late = this.clock.nowMs >= row.deadlineMs;
    if (move.guard === 'before-deadline' && late) return undefined;
    if (move.guard === 'after-deadline' && !late) return undefined;
    const at = this.at();
    const next = moved(state, move);
    row.record = {
      ...row.record,
      state: next,
      history: [...row.record.history, historyEntry(move, at)],
      updatedAt: at,
      ...((next.status === 'committed' || next.status === 'aborted') && { finishedAt: at }),
    };
    this.moves.push(move);
    return { at, attempts: row.record.attempts };
  }

  private async around<T>(call: Call, effect: () => T): Promise<T> {
    await this.before(call);
    const result = effect();
    await this.after(call);
    return result;
  }

  private countAttempt(row: Row<Q, R>): number {
    const attempts = row.record.attempts + 1;
    row.record = { ...row.record, attempts };
    return attempts;
  }

  private at(): string {
    return new Date(this.clock.nowMs).toISOString();
  }

  private row(id: TransactionId): Row<Q, R> {
    const row = this.rows.get(id);
    if (!row) throw new Error(`no transaction ${id}`);
    return row;
  }
}

function keyIdOf({ scope, key }: RequestKey): string {
  return JSON.stringify([scope, key]);
}

function moved<Q, R>(state: TransactionState<Q, R>, { to, reason, errors }: Move<R>): TransactionState<Q, R> {
  const { id, query, branches } = state;
  const common = { id, query, branches };
  const why = reason ?? ('reason' in state ? state.reason : { kind: 'timeout' });
  switch (to) {
    case 'preparing':
      return { ...common, status: to, votes: new Map() };
    case 'committing':
      return { ...common, status: to, confirmed: new Set() };
    case 'committed':
      return { ...common, status: to };
    case 'aborting':
      return state.status === 'failed'
        ? state.interrupted
        : { ...common, status: to, reason: why, confirmed: new Set() };
    case 'aborted':
      return { ...common, status: to, reason: why };
    case 'failed':
      return { ...common, status: to, errors: errors ?? [], interrupted: forgetful(state as Pending<Q, R>) };
  }
}

/** Votes and confirmations are not stored. */
function forgetful<Q, R>(state: Pending<Q, R>): Pending<Q, R> {
  return state.status === 'preparing' ? { ...state, votes: new Map() } : { ...state, confirmed: new Set() };
}
