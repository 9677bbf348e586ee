import type { AccountTerms } from '../../../domain/account/state';
import type { TransactionId } from '../../../domain/ids';
import { isElsewhere } from '../../../domain/transfer';
import type {
  Batch,
  ForeignBranch,
  JournalEntry,
  Move,
  NewTransaction,
  ReadAt,
  UsedKey,
} from '../../../engine/journal/entries';
import type { TransactionRows } from '../transactions/transactionRows';
import { encodeVotes } from '../transactions/transactionRows';
import { answerToJson } from './answers';
import { Columns, textArray } from './columns';

const ENTRY = {
  account_id: { type: 'text', of: ({ account }: JournalEntry) => account },
  seq: { type: 'bigint', of: ({ seq }: JournalEntry) => seq },
  kind: { type: 'text', of: ({ kind }: JournalEntry) => kind },
  amount: { type: 'bigint', of: ({ amount }: JournalEntry) => amount },
  promised: { type: 'bigint', of: ({ promised }: JournalEntry) => promised },
  posting: { type: 'smallint', of: ({ posting }: JournalEntry) => posting || undefined },
  balance_after: { type: 'bigint', of: ({ balance }: JournalEntry) => balance },
  held_after: { type: 'bigint', of: ({ held }: JournalEntry) => held },
  incoming_after: { type: 'bigint', of: ({ incoming }: JournalEntry) => incoming },
  currency_after: { type: 'text', of: ({ termsAfter }: JournalEntry) => termsAfter?.currency },
  overdraft_limit_after: { type: 'bigint', of: ({ termsAfter }: JournalEntry) => termsAfter?.overdraftLimit },
  frozen_after: { type: 'text', of: ({ termsAfter }: JournalEntry) => termsAfter?.frozen },
  open_since: { type: 'bigint', of: ({ openSince }: JournalEntry) => openSince },
  transaction_id: { type: 'uuid', of: ({ transactionId }: JournalEntry) => transactionId },
  ended_at_once: {
    type: 'boolean',
    of: ({ kind, transactionId }: JournalEntry, { committed }: AtOnce) =>
      (kind === 'hold' || kind === 'expect') && transactionId !== undefined && committed.has(transactionId)
        ? true
        : undefined,
  },
};

/** The transactions that one batch both creates and commits. All their branches begin and end in its statement. */
export interface AtOnce {
  readonly committed: ReadonlySet<TransactionId>;
}

export function atOnce<Q, R>({ created }: Batch<Q, R>): AtOnce {
  const committed = new Set<TransactionId>();
  for (const { id, status } of created) if (status === 'committed') committed.add(id);
  return { committed };
}

export const ENTRIES = new Columns<JournalEntry, AtOnce>(ENTRY);

export const NOTED_ENTRIES = new Columns<JournalEntry, AtOnce>({
  ...ENTRY,
  description: { type: 'text', of: ({ note }) => note?.description },
  metadata: { type: 'jsonb', of: ({ note }) => (note?.metadata === undefined ? null : JSON.stringify(note.metadata)) },
  requested_by: { type: 'text', of: ({ note }) => note?.requestedBy },
});

/** How a batch changes one account's own row. */
export interface TermsChange {
  readonly account: string;
  readonly opens: boolean;
  readonly terms: AccountTerms | undefined;
  readonly closes: boolean;
}

export const TERMS = new Columns<TermsChange>({
  account_id: { type: 'text', of: ({ account }) => account },
  opens: { type: 'boolean', of: ({ opens }) => opens },
  currency: { type: 'text', of: ({ terms }) => terms?.currency },
  overdraft_limit: { type: 'bigint', of: ({ terms }) => terms?.overdraftLimit },
  frozen: { type: 'text', of: ({ terms }) => terms?.frozen },
  closes: { type: 'boolean', of: ({ closes }) => closes },
});

/**
 * Merges what one batch does to an account (opens, changes, closes it) into one change: a row of a statement does not
 * see the effects of its other rows.
 */
export function termsChanges(entries: readonly JournalEntry[]): readonly TermsChange[] {
  const changes = new Map<string, TermsChange>();
  for (const { account, kind, terms } of entries) {
    if (kind !== 'opened' && kind !== 'terms' && kind !== 'closed') continue;
    const before = changes.get(account);
    changes.set(account, {
      account,
      opens: kind === 'opened' || (before?.opens ?? false),
      terms: terms ?? before?.terms,
      closes: kind === 'closed',
    });
  }
  return [...changes.values()].toSorted((a, b) => (a.account < b.account ? -1 : 1));
}

export interface LedgerChange {
  readonly account: string;
  deposited: bigint;
  deposits: number;
  withdrawn: bigint;
  withdrawals: number;
}

export const LEDGERS = new Columns<LedgerChange>({
  account_id: { type: 'text', of: ({ account }) => account },
  deposited: { type: 'numeric', of: ({ deposited }) => deposited },
  deposit_count: { type: 'bigint', of: ({ deposits }) => deposits },
  withdrawn: { type: 'numeric', of: ({ withdrawn }) => withdrawn },
  withdraw_count: { type: 'bigint', of: ({ withdrawals }) => withdrawals },
});

/** What deposits and withdrawals add to the totals, per account, in the order of account ids. */
export function ledgerChanges(entries: readonly JournalEntry[]): readonly LedgerChange[] {
  const changes = new Map<string, LedgerChange>();
  for (const { account, kind, amount } of entries) {
    if (kind !== 'deposit' && kind !== 'withdraw') continue;
    const change = changes.get(account) ?? { account, deposited: 0n, deposits: 0, withdrawn: 0n, withdrawals: 0 };
    changes.set(account, change);
    if (kind === 'deposit') {
      change.deposited += amount;
      change.deposits += 1;
    } else {
      change.withdrawn += amount;
      change.withdrawals += 1;
    }
  }
  return [...changes.values()].toSorted((a, b) => (a.account < b.account ? -1 : 1));
}

export const READS = new Columns<ReadAt>({
  account_id: { type: 'text', of: ({ account }) => account },
  seq: { type: 'bigint', of: ({ seq }) => seq },
});

export const KEYS = new Columns<UsedKey>({
  scope: { type: 'text', of: ({ scope }) => scope },
  key: { type: 'text', of: ({ key }) => key },
  fingerprint: { type: 'text', of: ({ fingerprint }) => fingerprint },
  transaction_id: { type: 'uuid', of: ({ transactionId }) => transactionId },
  answer: { type: 'jsonb', of: ({ answer }) => answer && answerToJson(answer) },
});

/** The keys of a batch, including those of new transactions, in the order of the index. */
export function keysOf<Q, R>({ keys, created }: Batch<Q, R>): readonly UsedKey[] {
  const all = [...keys];
  for (const { id, key } of created) if (key) all.push({ ...key, transactionId: id });
  return all.toSorted((a, b) => (a.scope === b.scope ? (a.key < b.key ? -1 : 1) : a.scope < b.scope ? -1 : 1));
}

export const FOREIGN = new Columns<ForeignBranch>({
  id: { type: 'uuid', of: ({ id }) => id },
  caller: { type: 'text', of: ({ caller }) => caller },
  transaction: { type: 'uuid', of: ({ transaction }) => transaction },
  branch: { type: 'text', of: ({ branch }) => branch },
  account_id: { type: 'text', of: ({ asked }) => asked?.account },
  direction: { type: 'text', of: ({ asked }) => asked?.direction },
  amount: { type: 'bigint', of: ({ asked }) => asked?.amount },
  currency: { type: 'text', of: ({ asked }) => asked?.currency },
});

export interface Refusal {
  readonly account: string;
  readonly transactionId: string;
}

export const REFUSALS = new Columns<Refusal>({
  account_id: { type: 'text', of: ({ account }) => account },
  transaction_id: { type: 'uuid', of: ({ transactionId }) => transactionId },
});

export function refusalsOf<Q, R>(created: readonly NewTransaction<Q, R>[]): readonly Refusal[] {
  return created
    .filter(({ status }) => status === 'aborted')
    .flatMap(({ id, branches }) =>
      branches.filter((branch) => !isElsewhere(branch)).map((account) => ({ account, transactionId: id })),
    );
}

export function createdColumns<Q, R>(rows: TransactionRows<Q, R>): Columns<NewTransaction<Q, R>> {
  return new Columns<NewTransaction<Q, R>>({
    id: { type: 'uuid', of: ({ id }) => id },
    type: { type: 'text', of: ({ type }) => type },
    query: { type: 'jsonb', of: ({ query }) => rows.encodeQuery(query) },
    branches: { type: 'text', of: ({ branches }) => textArray(branches) },
    asked_first: { type: 'smallint', of: ({ askedFirst }) => askedFirst },
    metadata: { type: 'jsonb', of: ({ metadata }) => (metadata === undefined ? null : JSON.stringify(metadata)) },
    requested_by: { type: 'text', of: ({ requestedBy }) => requestedBy },
    status: { type: 'text', of: ({ status }) => status },
    reason: { type: 'jsonb', of: ({ reason }) => rows.encodeReason(reason) },
    votes: { type: 'jsonb', of: ({ status, votes }) => encodeVotes(status, votes) },
    timeout_ms: { type: 'float8', of: ({ timeoutMs }) => timeoutMs },
    expires_in_ms: { type: 'float8', of: ({ expiresInMs }) => expiresInMs },
  });
}

export function moveColumns<Q, R>(rows: TransactionRows<Q, R>): Columns<Move<Q, R>> {
  return new Columns<Move<Q, R>>({
    id: { type: 'uuid', of: ({ id }) => id },
    status_from: { type: 'text', of: ({ from }) => from },
    status_to: { type: 'text', of: ({ to }) => to },
    guard: { type: 'text', of: ({ guard }) => guard },
    fenced: { type: 'boolean', of: ({ fenced }) => fenced ?? false },
    query: { type: 'jsonb', of: ({ query }) => (query === undefined ? null : rows.encodeQuery(query)) },
    reason: { type: 'jsonb', of: ({ reason }) => rows.encodeReason(reason) },
    errors: { type: 'jsonb', of: ({ errors }) => (errors ? JSON.stringify(errors) : null) },
    votes: { type: 'jsonb', of: ({ to, votes }) => encodeVotes(to, votes) },
  });
}

/** A change of one transfer or account, for the feed. */
export interface Change {
  readonly kind: string;
  readonly subject: string;
}

export const CHANGES = new Columns<Change>({
  kind: { type: 'text', of: ({ kind }) => kind },
  subject: { type: 'text', of: ({ subject }) => subject },
});

/** The feed changes of a batch, except for moves: only the statement knows which moves it makes. */
export function changesOf<Q, R>({ created, entries }: Batch<Q, R>): readonly Change[] {
  const changes: Change[] = [];
  for (const { id, status } of created) {
    changes.push({ kind: 'transfer.created', subject: id });
    if (status === 'authorized' || status === 'committed' || status === 'aborted')
      changes.push({ kind: `transfer.${status}`, subject: id });
  }
  for (const { account, kind, terms } of entries) {
    if (kind === 'opened' || kind === 'closed') changes.push({ kind: `account.${kind}`, subject: account });
    else if (kind === 'terms' && terms?.frozen) changes.push({ kind: 'account.frozen', subject: account });
  }
  return changes;
}
