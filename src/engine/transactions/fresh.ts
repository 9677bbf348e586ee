import type { TransactionId } from '../../domain/ids';
import type { Clock } from '../clock';
import type { TransactionRecord } from './record';

/** The most records. Beyond it, the record that was kept longest is dropped. */
const KEPT_MAX = 10_000;

/**
 * Records that this process wrote a moment ago. A job will likely start a driver for them here, and the kept record
 * saves that driver a read. An outdated record does no harm, because the store guards every move. The limit keeps
 * records that are driven elsewhere from piling up.
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

  /** Replaces a kept record with what it became before its job came. */
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
