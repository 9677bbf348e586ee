import { stringify } from 'csv-stringify/sync';
import type { TransactionId } from '../../domain/ids';
import type { ForeignName } from '../../engine/journal/entries';
import type { JournalRow, OpenHold, Page } from '../../engine/reads';

/** An entry of a journal as clients see it. */
export function viewEntry({ amount, balanceAfter, transactionId, foreign, ...entry }: JournalRow) {
  return {
    ...entry,
    amount: Number(amount),
    balanceAfter: Number(balanceAfter),
    ...transferOf(transactionId, foreign),
  };
}

/** A transaction that another service coordinates is no transfer here. Show the names that its coordinator uses. */
function transferOf(
  transferId: TransactionId | undefined,
  foreign: ForeignName | undefined,
): { readonly transferId?: TransactionId; readonly coordinatedBy?: object } {
  if (!foreign) return transferId === undefined ? {} : { transferId };
  const { caller: name, transaction, branch } = foreign;
  return { coordinatedBy: { name, transaction, branch } };
}

/** An open hold, or an open expectation, of an account as clients see it. */
export function viewHold({ transactionId, foreign, kind, amount, since, status, expiresAt, requestedBy }: OpenHold) {
  return {
    ...transferOf(transactionId, foreign),
    direction: kind === 'hold' ? ('debit' as const) : ('credit' as const),
    amount: Number(amount),
    since,
    ...(status !== undefined && { status }),
    ...(expiresAt !== undefined && { expiresAt }),
    ...(requestedBy !== undefined && { requestedBy }),
  };
}

const COLUMNS = [
  'seq',
  'occurredAt',
  'kind',
  'amount',
  'balanceAfter',
  'transferId',
  'posting',
  'description',
  'metadata',
  'requestedBy',
  'expiresAt',
  'coordinatedBy',
] as const;

/** All entries as CSV, page by page. Escapes text that a spreadsheet would treat as a formula. */
export async function* csvOfEntries(
  first: Page<JournalRow, number>,
  rest: (after: number) => Promise<Page<JournalRow, number> | undefined>,
): AsyncGenerator<string> {
  yield stringify([COLUMNS]);
  for (let page: Page<JournalRow, number> | undefined = first; page; ) {
    if (page.items.length > 0) yield linesOf(page.items);
    page = page.next === undefined ? undefined : await rest(page.next);
  }
}

function linesOf(rows: readonly JournalRow[]): string {
  const lines = rows.map((row) => {
    const { metadata, coordinatedBy, ...entry } = viewEntry(row);
    const cells: Record<string, unknown> = {
      ...entry,
      ...(metadata !== undefined && { metadata: JSON.stringify(metadata) }),
      ...(coordinatedBy !== undefined && { coordinatedBy: JSON.stringify(coordinatedBy) }),
    };
    return COLUMNS.map((column) => cells[column] ?? '');
  });
  return stringify(lines, { escape_formulas: true });
}
