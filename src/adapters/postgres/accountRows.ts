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

/** What the database has in the place of an entry that was left out. */
interface LeftOut {
  readonly account_exists: boolean;
  readonly key_fingerprint: string | null;
  readonly key_answer: unknown;
  readonly state: BranchRow['state'] | null;
  readonly direction: BranchRow['direction'];
  /** Below 2^53, as every amount. */
  readonly amount: number | null;
}

/** A row about one entry; the account's own columns stand only in its last row. */
export interface WrittenRow {
  readonly ord: number;
  readonly sound: boolean;
  readonly left_out: LeftOut | null;
  readonly balance_after: bigint | null;
  readonly held_after: bigint | null;
  readonly balance: bigint | null;
  readonly held: bigint | null;
  readonly incoming: bigint | null;
  readonly version: bigint | null;
}

/** A row about a transaction that was moved along. */
export interface JointRow {
  readonly ord: null;
  readonly moved_id: string;
  readonly moved_at: Date;
  readonly moved_attempts: number;
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
  moveTo: (string | null)[],
];

export function emptyColumns(): ItemColumns {
  return [[], [], [], [], [], [], [], [], [], [], [], [], [], [], [], []];
}

/**
 * The statement judges every entry by the rows as they were before it. So of several moves of one branch, or several
 * uses of one key, only the first may apply (`taken` holds them); the others are left out and decided again.
 */
export function pushItem(
  columns: ItemColumns,
  taken: Set<string>,
  accountId: string,
  entry: AccountEntry,
  moveTo: string | null,
): void {
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
  columns[15].push(moveTo);
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

export function outcomeOf({
  sound,
  left_out: leftOut,
  balance_after: balance,
  held_after: held,
}: WrittenRow): EntryOutcome {
  if (leftOut) return outcomeOfLeftOut(leftOut);
  if (!sound) return { kind: 'stale' };
  return { kind: 'applied', balance: balance ?? 0n, held: held ?? 0n };
}

function outcomeOfLeftOut({ key_fingerprint: fingerprint, ...row }: LeftOut): EntryOutcome {
  if (fingerprint !== null) return { kind: 'key-taken', fingerprint, answer: decodeAnswer(row.key_answer) };
  const { state, direction, amount } = row;
  if (state === null) return row.account_exists ? { kind: 'branch-differs', branch: undefined } : { kind: 'stale' };
  return {
    kind: 'branch-differs',
    branch: branchOf({ state, direction, amount: amount === null ? null : BigInt(amount) }),
  };
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
