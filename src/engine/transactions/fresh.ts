import type { TransactionId } from '../../domain/ids';
import type { Clock } from '../clock';
import type { TransactionRecord } from './record';

/** Records at once; beyond it the one kept longest goes. */
const KEPT_MAX = 10_000;

/**
 * Records that were written here a moment ago, for the driver that a job is likely to start here in a moment: it saves a
 * read. The store's guards make an outdated one harmless; the limit keeps what is driven elsewhere from piling up.
 */
export class Fresh<Q, R> {
  private readonly kept = new Map<TransactionId, { record: TransactionRecord<Q, R>; readonly keptAtMs: number }>();

  constructor(private readonly clock: Clock) {}

  keep(record: TransactionRecord<Q, R>): void {
    this.kept.set(record.state.id, { record, keptAtMs: this.clock.monotonicMs() });
    if (this.kept.size <= KEPT_MAX) return;
    const [oldest] = this.kept.keys();
    if (oldest !== undefined) this.kept.delete(oldest);
  }

  /** What became of a record before its job came. */
  update(record: TransactionRecord<Q, R>): void {
    const kept = this.kept.get(record.state.id);
    if (kept) kept.record = record;
  }

  peek(id: TransactionId): TransactionRecord<Q, R> | undefined {
    const kept = this.kept.get(id);
    if (!kept) return undefined;
    const { record, keptAtMs } = kept;
    return { ...record, remainingMs: record.remainingMs - (this.clock.monotonicMs() - keptAtMs) };
  }

  take(id: TransactionId): TransactionRecord<Q, R> | undefined {
    const record = this.peek(id);
    this.kept.delete(id);
    return record;
  }
}
