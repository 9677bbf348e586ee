import type { Findings } from '../base/invariants';
import type { OperationRecord } from '../workload/model';
import { moved, promised, type Transfer } from '../workload/operation';
import { isMoved, nameOf, type Outcome } from '../workload/outcome';
import type { SnapshotReader } from './database';
import * as sql from './snapshotSql';

interface AcknowledgedRow {
  readonly key: string;
  readonly id: string | null;
  readonly status: string | null;
  /** Why the transfer was aborted: `voided`, `expired`, `branches`, … */
  readonly reason: string | null;
  /** What the transfer moved, in the order of its postings: kind, account and amount. */
  readonly kinds: string | null;
  readonly answered: boolean;
}

/** Compares, operation by operation, what clients were told with what the database holds. */
export async function checkAcknowledged(
  reader: SnapshotReader,
  findings: Findings,
  records: ReadonlyMap<string, OperationRecord>,
  keys: readonly string[],
  /** Milliseconds after PostgreSQL's commit time of a row during which a reader may still see an older state. */
  staleMs: number,
): Promise<void> {
  if (keys.length === 0) return;
  await checkRefusals(reader, findings, records, keys, staleMs);
  const rows = await reader.rows<AcknowledgedRow>(sql.ACKNOWLEDGED, [keys]);
  const byKey = new Map<string, AcknowledgedRow>();
  for (const row of rows) {
    findings.check('idempotent', !byKey.has(row.key), () => `${row.key} has more than one row`);
    byKey.set(row.key, row);
  }
  for (const key of keys) {
    const record = records.get(key);
    if (record) checkOne(record, byKey.get(key), findings);
  }
}

/** Checks each refusal for insufficient funds against the states of the account during the request. */
async function checkRefusals(
  reader: SnapshotReader,
  findings: Findings,
  records: ReadonlyMap<string, OperationRecord>,
  keys: readonly string[],
  staleMs: number,
): Promise<void> {
  const refused = keys.flatMap((key) => {
    const record = records.get(key);
    if (!record?.refused) return [];
    const { operation, firstSentAtMs, refused } = record;
    return refused.by.flatMap(({ account, missing }) => {
      if (missing === undefined) return [];
      return [{ key, account, available: promised(operation, account) - missing, firstSentAtMs, atMs: refused.atMs }];
    });
  });
  if (refused.length === 0) return;
  const rows = await reader.rows<{ key: string; account_id: string; available: string }>(sql.REFUSED_ON_NOTHING, [
    refused.map(({ key }) => key),
    refused.map(({ account }) => account),
    refused.map(({ available }) => available),
    refused.map(({ firstSentAtMs }) => firstSentAtMs),
    refused.map(({ atMs }) => atMs),
    staleMs,
  ]);
  findings.held('refused-on-state', refused.length - rows.length);
  for (const { key, account_id, available } of rows) {
    const detail = `${key} was refused as if ${account_id} had ${available} available, which it had at no time between request and answer`;
    findings.violated('refused-on-state', detail);
  }
}

function checkOne(record: OperationRecord, row: AcknowledgedRow | undefined, findings: Findings): void {
  const { operation, outcome, transferId } = record;
  if (!outcome) return;
  const told = nameOf(outcome);
  if (operation.kind !== 'transfer') {
    const kept = outcome.kind !== 'applied' || row?.answered === true;
    findings.check('acknowledged', kept, () => `${operation.key} (${operation.kind}) was acknowledged and is gone`);
    return;
  }
  findings.check('acknowledged', isStored(operation, outcome, row), () => {
    const stored = row ? `${row.status} (${row.reason})` : 'nothing';
    return `${operation.key} was told ${told}; stored: ${stored}, journal: ${row?.kinds ?? 'nothing'}`;
  });
  const sameId = transferId === undefined || row === undefined || row.id === transferId;
  findings.check('idempotent', sameId, () => `${operation.key} was told ${transferId}, stored ${row?.id}`);
}

function isStored(operation: Transfer, outcome: Outcome, row: AcknowledgedRow | undefined): boolean {
  if (isMoved(outcome)) {
    const postings = moved(operation, outcome.kind === 'captured' ? outcome.amounts : undefined);
    const kinds = postings.flatMap(({ origin, destination, amount }) => {
      return [`receive ${destination} ${amount}`, `spend ${origin} ${amount}`];
    });
    return row?.status === 'committed' && row.kinds === kinds.join(', ');
  }
  const isEnded = outcome.kind === 'voided' || outcome.kind === 'expired';
  if (isEnded && row?.reason !== outcome.kind) return false;
  return row === undefined || (row.status === 'aborted' && row.kinds === null);
}
