import type { AccountRefusal } from '../../domain/account/commands';
import type { AccountEvent } from '../../domain/account/events';
import { changeOf } from '../../domain/account/evolve';
import { journalKindOf } from '../../domain/account/journal';
import { ABSENT, type AccountBranchState } from '../../domain/account/state';
import { assertNever } from '../../domain/assertNever';
import type { AccountEntry, AccountSnapshot, EntryOutcome, OperationAnswer } from '../../engine/ports';

export interface AccountRow {
  readonly balance: bigint;
  readonly held: bigint;
  readonly incoming: bigint;
  readonly version: bigint;
}

export interface BranchRow {
  readonly state: 'prepared' | 'committed' | 'aborted';
  readonly direction: 'debit' | 'credit' | null;
  readonly amount: bigint | null;
}

/** A row of the answer of WRITE_ACCOUNTS; the account's own columns stand only in its last row. */
export interface WrittenRow {
  readonly ord: number;
  readonly applies: boolean;
  readonly sound: boolean;
  readonly account_exists: boolean;
  readonly branch_state: BranchRow['state'] | null;
  readonly branch_direction: BranchRow['direction'];
  readonly branch_amount: bigint | null;
  readonly key_fingerprint: string | null;
  readonly key_answer: unknown;
  readonly balance_after: bigint | null;
  readonly held_after: bigint | null;
  readonly balance: bigint | null;
  readonly held: bigint | null;
  readonly incoming: bigint | null;
  readonly version: bigint | null;
}

export function snapshotOf(row: AccountRow | undefined): AccountSnapshot {
  if (!row) return { state: ABSENT, version: 0n };
  const { balance, held, incoming, version } = row;
  return { state: { status: 'open', balance, held, incoming }, version };
}

export function branchOf({ state, direction, amount }: BranchRow): AccountBranchState {
  return direction === null || amount === null ? { state: 'tombstone' } : { state, direction, amount };
}

/** The parameters of WRITE_ACCOUNTS, one array a column. */
export type ItemColumns = [
  accountId: string[],
  transactionId: (string | null)[],
  stateFrom: (string | null)[],
  stateTo: (string | null)[],
  direction: (string | null)[],
  amount: (bigint | null)[],
  balanceChange: bigint[],
  heldChange: bigint[],
  incomingChange: bigint[],
  kind: (string | null)[],
  scope: (string | null)[],
  key: (string | null)[],
  fingerprint: (string | null)[],
  refusal: (string | null)[],
  description: (string | null)[],
];

export function emptyColumns(): ItemColumns {
  return [[], [], [], [], [], [], [], [], [], [], [], [], [], [], []];
}

/**
 * The statement judges every entry by the rows as they were before it. So of several moves of one branch, or several
 * uses of one key, only the first may apply (`taken` holds them); the others are left out and decided again.
 */
export function pushItem(columns: ItemColumns, taken: Set<string>, accountId: string, entry: AccountEntry): void {
  const { event, operation } = entry;
  const change = event ? changeOf(event) : { balance: 0n, held: 0n, incoming: 0n };
  const branch = branchColumns(event);
  columns[0].push(accountId);
  columns[1].push(event && 'transactionId' in event ? event.transactionId : null);
  columns[2].push(isFirst(taken, accountId, entry) ? branch.from : NO_STATE);
  columns[3].push(branch.to);
  columns[4].push(event && 'direction' in event ? event.direction : null);
  columns[5].push(event && 'amount' in event ? event.amount : null);
  columns[6].push(change.balance);
  columns[7].push(change.held);
  columns[8].push(change.incoming);
  columns[9].push(event ? (journalKindOf(event) ?? null) : null);
  columns[10].push(operation?.scope ?? null);
  columns[11].push(operation?.key ?? null);
  columns[12].push(operation?.fingerprint ?? null);
  columns[13].push(operation?.refusal ? encodeRefusal(operation.refusal) : null);
  columns[14].push(operation?.description ?? null);
}

/** No branch is ever in this state. */
const NO_STATE = 'left out';

function isFirst(taken: Set<string>, accountId: string, { event, operation }: AccountEntry): boolean {
  const names: string[] = [];
  if (event && 'transactionId' in event) names.push(`branch ${event.transactionId} ${accountId}`);
  if (operation) names.push(`key ${JSON.stringify([operation.scope, operation.key])}`);
  const first = names.every((name) => !taken.has(name));
  for (const name of names) taken.add(name);
  return first;
}

/** The branch row that an event starts from, and the one it leaves. */
function branchColumns(event: AccountEvent | undefined): { from: string | null; to: string | null } {
  if (!event) return { from: null, to: null };
  switch (event.type) {
    case 'MoneyDeposited':
    case 'MoneyWithdrawn':
      return { from: null, to: null };
    case 'BranchPrepared':
      return { from: null, to: 'prepared' };
    case 'BranchCommitted':
      return { from: 'prepared', to: 'committed' };
    case 'BranchAborted':
      return { from: 'prepared', to: 'aborted' };
    case 'BranchTombstoned':
      return { from: null, to: 'aborted' };
    default:
      return assertNever(event);
  }
}

export function outcomeOf(row: WrittenRow): EntryOutcome {
  if (row.key_fingerprint !== null) {
    return { kind: 'key-taken', fingerprint: row.key_fingerprint, answer: decodeAnswer(row.key_answer) };
  }
  if (!row.applies) {
    if (!row.account_exists && row.branch_state === null) return { kind: 'stale' };
    return {
      kind: 'branch-differs',
      branch:
        row.branch_state === null
          ? undefined
          : branchOf({ state: row.branch_state, direction: row.branch_direction, amount: row.branch_amount }),
    };
  }
  if (!row.sound) return { kind: 'stale' };
  return { kind: 'applied', balance: row.balance_after ?? 0n, held: row.held_after ?? 0n };
}

function encodeRefusal(refusal: AccountRefusal): string {
  return JSON.stringify({
    kind: 'refused',
    refusal: 'missing' in refusal ? { ...refusal, missing: Number(refusal.missing) } : refusal,
  });
}

/** Amounts in stored JSON are integers below 2^53, exact as numbers. A key of a transfer has no answer of its own. */
function decodeAnswer(json: unknown): OperationAnswer | undefined {
  if (json === null) return undefined;
  const answer = json as
    | { kind: 'accepted'; balance: number; held: number }
    | {
        kind: 'refused';
        refusal: { kind: 'insufficient-funds'; missing: number } | Exclude<AccountRefusal, { missing: bigint }>;
      };
  if (answer.kind === 'accepted') {
    return { kind: 'accepted', balance: BigInt(answer.balance), held: BigInt(answer.held) };
  }
  const { refusal } = answer;
  return {
    kind: 'refused',
    refusal: refusal.kind === 'insufficient-funds' ? { ...refusal, missing: BigInt(refusal.missing) } : refusal,
  };
}
