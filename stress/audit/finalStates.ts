import type { Findings } from '../base/invariants';
import type { Random } from '../base/random';
import type { OperationRecord } from '../workload/model';
import type { SnapshotReader } from './database';
import * as sql from './snapshotSql';

export interface FinishedRow {
  readonly id: string;
  readonly key: string | null;
  readonly status: 'committed' | 'aborted' | 'failed';
  readonly reason: string | null;
  readonly decided_ms: string | null;
  readonly finished_ms: string | null;
  readonly created_ms: string;
  readonly deadline_ms: string;
  /** Set when the transaction was authorized. */
  readonly expires_ms: string | null;
}

type StateRow = Pick<FinishedRow, 'id' | 'status' | 'reason' | 'finished_ms' | 'deadline_ms'>;

/** The number of ids that every snapshot checks again. */
const SAMPLE = 1000;
/** The tolerance for two readings of the database's clock in one statement, and for rounding. */
const CLOCK_TOLERANCE_MS = 50;
const TIMEOUT_TOLERANCE_MS = 500;

/** Remembers every final state that it saw and checks it again. A final state never changes. */
export class FinalStates {
  private readonly states = new Map<string, string>();
  private readonly ids: string[] = [];
  private readonly deadlines = new Map<string, number>();

  constructor(private readonly findings: Findings) {}

  seen(row: FinishedRow): void {
    this.compare(row);
    this.deadlineSeen(row.id, Number(row.deadline_ms));
    this.deadlines.delete(row.id);
  }

  /** Checks that the deadline did not move. It is a stored instant; one that moves is a timer that restarts. */
  deadlineSeen(id: string, deadlineMs: number): void {
    const first = this.deadlines.get(id);
    if (first === undefined) this.deadlines.set(id, deadlineMs);
    else this.findings.check('deadline', first === deadlineMs, () => `the deadline of ${id} has moved`);
  }

  async lookAgain(reader: SnapshotReader, random: Random): Promise<void> {
    if (this.ids.length === 0) return;
    const sample = Array.from({ length: SAMPLE }, () => random.pick(this.ids));
    await this.compareAll(reader, [...new Set(sample)]);
  }

  /** Checks every remembered transaction, at the end. */
  async lookAtAll(reader: SnapshotReader): Promise<void> {
    for (let from = 0; from < this.ids.length; from += 5000) {
      await this.compareAll(reader, this.ids.slice(from, from + 5000));
    }
  }

  private async compareAll(reader: SnapshotReader, ids: readonly string[]): Promise<void> {
    const rows = await reader.rows<StateRow>(sql.FINAL_STATES, [ids]);
    this.findings.check('final', rows.length === ids.length, () => `${ids.length - rows.length} transactions are gone`);
    for (const row of rows) this.compare(row);
  }

  private compare({ id, status, reason, finished_ms, deadline_ms }: StateRow): void {
    const now = JSON.stringify([status, reason, finished_ms, deadline_ms]);
    const before = this.states.get(id);
    if (before === undefined) {
      this.states.set(id, now);
      this.ids.push(id);
      return;
    }
    this.findings.check('final', before === now, () => `${id} was ${before} and is ${now}`);
  }
}

/** Checks what a finished transaction says of itself: no failure, the requested deadline, a decision on the right side of it. */
export function checkFinished(
  row: FinishedRow,
  findings: Findings,
  record: OperationRecord | undefined,
  defaultTimeoutMs: number,
): void {
  findings.check('live', row.status !== 'failed', () => `${row.id} is failed and waits for an operator`);
  findings.check('idempotent', record !== undefined, () => `${row.id}: no client asked for it (key ${row.key})`);
  if (record?.operation.kind === 'transfer') {
    const timeoutMs = Number(row.deadline_ms) - Number(row.created_ms);
    const wanted = record.operation.timeoutMs ?? defaultTimeoutMs;
    findings.check('deadline', Math.abs(timeoutMs - wanted) < TIMEOUT_TOLERANCE_MS, () => {
      return `${row.id}: ${wanted} ms were asked for, the deadline is ${timeoutMs} ms after its creation`;
    });
  }
  checkDecision(row, findings);
}

/**
 * Checks the time of a decision. A commit comes before the deadline, and a capture before the expiry. A timeout or an
 * expiry does not come before its time.
 */
function checkDecision(row: FinishedRow, findings: Findings): void {
  if (row.decided_ms === null) return;
  const end = Number(row.expires_ms ?? row.deadline_ms);
  const kind = JSON.parse(row.reason ?? 'null')?.kind;
  if (row.status === 'committed') {
    const lateMs = Number(row.decided_ms) - end;
    findings.check('deadline', lateMs < CLOCK_TOLERANCE_MS, () => `${row.id} decided to commit ${lateMs} ms too late`);
  } else if (kind === 'timeout' || kind === 'expired') {
    const earlyMs = (kind === 'expired' ? end : Number(row.deadline_ms)) - Number(row.decided_ms);
    findings.check('deadline', earlyMs < CLOCK_TOLERANCE_MS, () => `${row.id}: ${kind} ${earlyMs} ms too early`);
  }
}
