import { sleep } from '../../test/kit/wait';
import type { Findings, Invariant } from '../base/invariants';
import type { Random } from '../base/random';
import type { Model } from '../workload/model';
import { checkAcknowledged } from './acknowledged';
import { AuditDatabase, type SnapshotReader } from './database';
import type { FeedAudit } from './feed/feedAudit';
import { checkFinished, FinalStates, type FinishedRow } from './finalStates';
import * as sql from './snapshotSql';

export interface AuditorOptions {
  readonly databaseUrl: string;
  /** The deadline of a transfer that does not set one. */
  readonly defaultTimeoutMs: number;
  /** A transaction that is pending for longer than this counts as stuck, unless a fault is active. */
  readonly stuckAfterMs: number;
  /** The time (Date.now()) since which no server fault and no pause was active. */
  readonly quietSinceMs: () => number;
  /** Milliseconds after PostgreSQL's commit time of a row during which a reader may still see an older state. */
  readonly staleMs: number;
  /** The feed's readers, if there are any. */
  readonly feed?: FeedAudit;
}

interface Totals {
  readonly accounts: number;
  readonly balance: string;
  readonly held: string;
  readonly deposits: string;
  readonly withdrawals: string;
  readonly half_applied: string;
  readonly prepared: string;
}

interface PendingRow {
  readonly id: string;
  readonly status: string;
  readonly age_ms: string;
  readonly deadline_ms: string;
}

/** The most newly and earlier acknowledged operations that one snapshot checks. */
const NEW_KEYS_MAX = 1500;
const OLD_KEYS = 200;
const OVERLAP_MS = 10_000;
/** A commit becomes visible after its flush, which takes longer than usual on a busy disk. */
export const STALE_MS = 1000;

/** Evaluates the invariants again and again while everything runs, each time on one snapshot of the database. */
export class Auditor {
  snapshots = 0;
  /** Audits that a fault interrupted. */
  missed = 0;
  oldestPendingMs = 0;
  readonly finalStates: FinalStates;
  private readonly database: AuditDatabase;
  private checkedUpTo = 0;
  private finishedUpToMs = 0;
  private looping: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly findings: Findings,
    private readonly model: Model,
    private readonly random: Random,
    private readonly options: AuditorOptions,
  ) {
    this.database = new AuditDatabase(options.databaseUrl);
    this.finalStates = new FinalStates(findings);
  }

  /** Audits repeatedly until {@link stop}. */
  start(): void {
    this.looping = this.loop();
    // A wrong audit query ends the audits, and `stop` then throws.
    this.looping.catch(() => undefined);
  }

  /** Throws when an audit failed because of its own mistake. Then the run has shown nothing. */
  async stop(): Promise<void> {
    this.stopped = true;
    try {
      await this.looping;
    } finally {
      await this.database.close();
    }
  }

  /** Runs all queries on one snapshot. Throws when the database is away. */
  async audit(): Promise<void> {
    const { deposits, withdrawals, known } = this.model;
    const { feed } = this.options;
    const places = feed?.places() ?? [];
    const before = { deposits: deposits.acknowledged, withdrawals: withdrawals.acknowledged, known: known.length };
    await this.database.snapshot(async (reader) => {
      const totals = await reader.row<Totals>(sql.TOTALS);
      this.checkTotals(totals, before);
      await this.checkAccounts(reader, totals.accounts);
      await this.checkBranches(reader);
      await this.checkPending(reader);
      await this.checkFinal(reader);
      await this.checkAnswers(reader, before.known);
      await feed?.checkPassed(reader, places);
    });
    this.snapshots += 1;
  }

  /** Rests three times as long as it worked, so that it uses only a share of a core. */
  private async loop(): Promise<void> {
    while (!this.stopped) {
      const startedAt = performance.now();
      try {
        await this.audit();
      } catch (error) {
        // A fault took the connection away. The next snapshot shows everything that this one would have shown.
        if (isOwnMistake(error)) throw error;
        this.missed += 1;
      }
      await sleep(Math.max(300, 3 * (performance.now() - startedAt)));
    }
  }

  private checkTotals(totals: Totals, before: { deposits: bigint; withdrawals: bigint }): void {
    const [balance, deposits, withdrawals, half] = [
      totals.balance,
      totals.deposits,
      totals.withdrawals,
      totals.half_applied,
    ].map(BigInt) as [bigint, bigint, bigint, bigint];
    this.findings.check('conserved', balance + half === deposits - withdrawals, () => {
      return `balances ${balance} + half applied ${half} <> deposits ${deposits} - withdrawals ${withdrawals}`;
    });
    this.findings.check('holds', totals.held === totals.prepared, () => {
      return `sum of holds ${totals.held}, sum of prepared outgoing branches ${totals.prepared}`;
    });
    this.checkFlow('deposits', deposits, before.deposits, this.model.deposits.possible);
    this.checkFlow('withdrawals', withdrawals, before.withdrawals, this.model.withdrawals.possible);
  }

  /** Checks that the journal holds what clients were told, and nothing that no client asked for. */
  private checkFlow(name: string, journaled: bigint, acknowledged: bigint, possible: bigint): void {
    const within = acknowledged <= journaled && journaled <= possible;
    this.findings.check('acknowledged', within, () => {
      return `${name}: journal ${journaled}, acknowledged ${acknowledged}, possible ${possible}`;
    });
  }

  private async checkAccounts(reader: SnapshotReader, accounts: number): Promise<void> {
    await this.none(reader, 'bounds', sql.OUT_OF_BOUNDS, accounts);
    await this.none(reader, 'holds', sql.HOLDS_THAT_DIFFER, accounts);
    await this.none(reader, 'replay', sql.JOURNALS_THAT_DIFFER, accounts);
  }

  private async checkBranches(reader: SnapshotReader): Promise<void> {
    const counts = await reader.row<{ transactions: number; branches: number; keys: number }>(sql.COUNTS);
    await this.none(reader, 'atomic', sql.BRANCHES_THAT_DIFFER, counts.transactions);
    await this.none(reader, 'atomic', sql.BRANCHES_WITHOUT_TRANSACTION, counts.branches);
    await this.none(reader, 'no-late-prepare', sql.LATE_PREPARES, counts.branches);
    await this.none(reader, 'final', sql.DECIDED_TWICE, counts.transactions);
    await this.none(reader, 'debits-first', sql.CREDITS_ASKED_IN_VAIN, counts.transactions);
    await this.none(reader, 'idempotent', sql.KEYS_THAT_DIFFER, counts.keys);
  }

  private async checkPending(reader: SnapshotReader): Promise<void> {
    const quietMs = Date.now() - this.options.quietSinceMs();
    for (const row of await reader.rows<PendingRow>(sql.PENDING)) {
      const ageMs = Number(row.age_ms);
      this.oldestPendingMs = Math.max(this.oldestPendingMs, ageMs);
      const stuck = Math.min(ageMs, quietMs) > this.options.stuckAfterMs;
      this.findings.check(
        'live',
        !stuck,
        () => `${row.id} is ${row.status} for more than ${this.options.stuckAfterMs} ms`,
      );
      this.finalStates.deadlineSeen(row.id, Number(row.deadline_ms));
    }
  }

  private async checkFinal(reader: SnapshotReader): Promise<void> {
    const finished = await reader.rows<FinishedRow>(sql.FINISHED_SINCE, [this.finishedUpToMs - OVERLAP_MS]);
    for (const row of finished) {
      checkFinished(row, this.findings, this.model.records.get(row.key ?? ''), this.options.defaultTimeoutMs);
      this.finalStates.seen(row);
      this.finishedUpToMs = Math.max(this.finishedUpToMs, Number(row.finished_ms));
    }
    await this.finalStates.lookAgain(reader, this.random);
  }

  private async checkAnswers(reader: SnapshotReader, knownBefore: number): Promise<void> {
    const { known, records } = this.model;
    const upTo = Math.min(knownBefore, this.checkedUpTo + NEW_KEYS_MAX);
    const fresh = known.slice(this.checkedUpTo, upTo);
    const old =
      this.checkedUpTo === 0 ? [] : Array.from({ length: OLD_KEYS }, () => this.random.int(0, this.checkedUpTo - 1));
    const keys = [...new Set([...fresh, ...old.flatMap((index) => known[index] ?? [])])];
    await checkAcknowledged(reader, this.findings, records, keys, this.options.staleMs);
    this.checkedUpTo = upTo;
  }

  /** A query that returns no rows on a sound database. */
  private async none(reader: SnapshotReader, invariant: Invariant, text: string, times: number): Promise<void> {
    const offenders = await reader.rows(text);
    for (const row of offenders) this.findings.violated(invariant, JSON.stringify(row));
    this.findings.held(invariant, times);
  }
}

/** SQLSTATE class 42 or 22: the query is wrong, not the database. */
function isOwnMistake(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return error instanceof TypeError || code.startsWith('42') || code.startsWith('22');
}
