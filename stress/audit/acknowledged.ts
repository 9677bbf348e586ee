import type { Findings } from '../base/invariants';
import type { OperationRecord } from '../workload/model';
import type { Operation } from '../workload/operation';
import { nameOf } from '../workload/outcome';
import type { SnapshotReader } from './database';
import * as sql from './snapshotSql';

interface AcknowledgedRow {
  readonly key: string;
  readonly id: string | null;
  readonly status: string | null;
  /** The transfer's journal rows: kind, account and amount. */
  readonly kinds: string | null;
  readonly answered: boolean;
}

/** What clients were told is what the database holds, operation by operation. */
export async function checkAcknowledged(
  reader: SnapshotReader,
  findings: Findings,
  records: ReadonlyMap<string, OperationRecord>,
  keys: readonly string[],
  /** How long after the commit of a row, by PostgreSQL's word, an older state may still be read. */
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

/** Each refusal for want of money against the states that the account had while it was asked. */
async function checkRefusals(
  reader: SnapshotReader,
  findings: Findings,
  records: ReadonlyMap<string, OperationRecord>,
  keys: readonly string[],
  staleMs: number,
): Promise<void> {
  const refused = keys.flatMap((key) => {
    const record = records.get(key);
    return record?.refused ? [{ ...record, refused: record.refused }] : [];
  });
  if (refused.length === 0) return;
  const rows = await reader.rows<{ key: string; account_id: string; available: string }>(sql.REFUSED_ON_NOTHING, [
    refused.map(({ operation }) => operation.key),
    refused.map(({ operation }) => payerOf(operation)),
    refused.map(({ operation, refused: { missing } }) => operation.amount - missing),
    refused.map(({ firstSentAtMs }) => firstSentAtMs),
    refused.map(({ refused: { atMs } }) => atMs),
    staleMs,
  ]);
  findings.held('refused-on-state', refused.length - rows.length);
  for (const { key, account_id, available } of rows) {
    const detail = `${key} was refused as if ${account_id} had ${available} available, which it had at no time meanwhile`;
    findings.violated('refused-on-state', detail);
  }
}

function payerOf(operation: Operation): string {
  return operation.kind === 'transfer' ? operation.origin : operation.account;
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
  const { origin, destination, amount } = operation;
  const moved = `receive ${destination} ${amount}, spend ${origin} ${amount}`;
  const sound =
    outcome.kind === 'applied'
      ? row?.status === 'committed' && row.kinds === moved
      : row === undefined || (row.status === 'aborted' && row.kinds === null);
  findings.check('acknowledged', sound, () => {
    return `${operation.key} was told ${told}; stored: ${row?.status ?? 'nothing'}, journal: ${row?.kinds ?? 'nothing'}`;
  });
  const sameId = transferId === undefined || row === undefined || row.id === transferId;
  findings.check('idempotent', sameId, () => `${operation.key} was told ${transferId}, stored ${row?.id}`);
}
