import type { ForeignName } from '../../../engine/journal/entries';

/** Another coordinator's names for a branch; all set, or all null for a transaction of this service. */
export interface ForeignColumns {
  readonly foreign_caller: string | null;
  readonly foreign_transaction: string | null;
  readonly foreign_branch: string | null;
}

/** The columns of {@link ForeignColumns}, of rows `f` of foreign_branches. */
export const FOREIGN_NAME =
  'f.caller as foreign_caller, f.transaction as foreign_transaction, f.branch as foreign_branch';

export function foreignOf(row: ForeignColumns): { readonly foreign?: ForeignName } {
  const { foreign_caller: caller, foreign_transaction: transaction, foreign_branch: branch } = row;
  if (caller === null || transaction === null || branch === null) return {};
  return { foreign: { caller, transaction, branch } };
}
