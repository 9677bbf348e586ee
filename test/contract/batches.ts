import type { AccountCommand, BranchCommand } from '../../src/domain/account/commands';
import { PLAIN_TERMS } from '../../src/domain/account/state';
import { linesOf, promiseOf, type TransferQuery, type TransferRefusal } from '../../src/domain/transfer';
import { AccountActor } from '../../src/engine/accounts/accountActor';
import type { Appended, Batch, EntryNote, JournalEntry, Move, NewTransaction } from '../../src/engine/journal/entries';
import type { JournalStore } from '../../src/engine/journal/store';
import { transactionId } from '../support/transactionId';

export type Transfer = NewTransaction<TransferQuery, TransferRefusal>;
export type TransferBatch = Batch<TransferQuery, TransferRefusal>;
export type TransferMove = Move<TransferQuery, TransferRefusal>;
type Journal = JournalStore<TransferQuery, TransferRefusal>;

export const batch = (parts: Partial<TransferBatch> = {}): TransferBatch => ({
  entries: [],
  read: [],
  created: [],
  moves: [],
  keys: [],
  foreign: [],
  ...parts,
});

export const transfer = (
  origin: string,
  destination: string,
  amount = 10n,
  parts: Partial<Transfer> = {},
): Transfer => ({
  id: transactionId(),
  type: 'transfer',
  query: { postings: [{ origin, destination, amount }] },
  branches: [origin, destination],
  askedFirst: 1,
  status: 'preparing',
  timeoutMs: 60_000,
  ...parts,
});

/** The entries of commands, as the account's actor would append them now. */
export class Entries {
  private constructor(
    private readonly actor: AccountActor,
    readonly list: JournalEntry[] = [],
  ) {}

  static async of(journal: Journal, account: string): Promise<Entries> {
    const [snapshot] = await journal.load([account]);
    const actor = new AccountActor(account, () => 0);
    if (snapshot) actor.load(snapshot);
    return new Entries(actor);
  }

  get seq(): number {
    return this.actor.seq;
  }

  tell(command: AccountCommand, note: EntryNote = {}): this {
    const decision = this.actor.handle(command, note, this.fold);
    if (decision.kind === 'refused') throw new Error(`${command.type}: ${decision.refusal.kind}`);
    return this;
  }

  ask(command: BranchCommand): this {
    const refusal = this.actor.handleBranch(command, undefined, this.fold);
    if (refusal) throw new Error(`${command.type}: ${refusal.kind}`);
    return this;
  }

  prepare({ id, query }: Transfer): this {
    return this.ask({ type: 'Prepare', transactionId: id, promised: promiseOf(query, this.actor.id) });
  }

  commit({ id, query }: Transfer): this {
    return this.ask({ type: 'Commit', transactionId: id, lines: linesOf(query, this.actor.id) });
  }

  private get fold() {
    return { append: (entry: JournalEntry) => this.list.push(entry) };
  }
}

export const opened = async (journal: Journal, account: string, balance = 0n): Promise<void> => {
  const entries = await Entries.of(journal, account);
  entries.tell({ type: 'Open', terms: PLAIN_TERMS });
  if (balance > 0n) entries.tell({ type: 'Deposit', amount: balance });
  expectWritten(await journal.append(batch({ entries: entries.list })));
};

export function expectWritten(appended: Appended): Extract<Appended, { kind: 'written' }> {
  if (appended.kind !== 'written') throw new Error(`nothing was written: ${appended.kind}`);
  return appended;
}

export const CONFLICT = { kind: 'conflict', lost: new Set() };
