import type { AccountEvent } from '../../src/domain/account/events';
import { changeOf, evolveBranch } from '../../src/domain/account/evolve';
import { type JournalEntry, journalKindOf } from '../../src/domain/account/journal';
import { ABSENT, type AccountBranchState, EMPTY, type OpenAccount } from '../../src/domain/account/state';
import type { AccountId, TransactionId } from '../../src/domain/ids';
import { AMOUNT_MAX } from '../../src/domain/money';
import type {
  AccountEntry,
  AccountSnapshot,
  AccountStore,
  AccountWritten,
  EntryOutcome,
  OperationAnswer,
} from '../../src/engine/ports';

interface Row {
  account: OpenAccount;
  version: bigint;
  readonly journal: JournalEntry[];
}

export interface StoreCall {
  readonly kind: 'load' | 'loadBranch' | 'write';
  readonly account: AccountId;
  readonly entries: readonly AccountEntry[];
}

type Hook = (call: StoreCall) => Promise<void>;

/**
 * The contract of {@link AccountStore} in memory, there to force interleavings. `before` runs before a call takes
 * effect, `after` when it has and before the caller hears of it: holding them back delays, rejecting them fails before
 * or after the effect.
 */
export class MemoryAccountStore implements AccountStore {
  readonly rows = new Map<AccountId, Row>();
  readonly branches = new Map<string, AccountBranchState>();
  readonly keys = new Map<string, { fingerprint: string; answer: OperationAnswer }>();
  readonly calls: StoreCall[] = [];
  before: Hook = () => Promise.resolve();
  after: Hook = () => Promise.resolve();

  async load(id: AccountId): Promise<AccountSnapshot> {
    return this.around({ kind: 'load', account: id, entries: [] }, () => this.snapshot(id));
  }

  async loadBranch(id: AccountId, transactionId: TransactionId): Promise<AccountBranchState | undefined> {
    return this.around({ kind: 'loadBranch', account: id, entries: [] }, () => this.branch(id, transactionId));
  }

  async open(id: AccountId): Promise<'opened' | 'exists'> {
    if (this.rows.has(id)) return 'exists';
    this.rows.set(id, { account: EMPTY, version: 0n, journal: [] });
    return 'opened';
  }

  async write(id: AccountId, entries: readonly AccountEntry[]): Promise<AccountWritten> {
    return this.around({ kind: 'write', account: id, entries }, () => this.apply(id, entries));
  }

  /** An account with a balance, as if it had been deposited. */
  seed(id: AccountId, balance: bigint): void {
    this.rows.set(id, {
      account: { ...EMPTY, balance },
      version: 1n,
      journal: balance > 0n ? [{ kind: 'deposit', amount: balance }] : [],
    });
  }

  account(id: AccountId): OpenAccount {
    const row = this.rows.get(id);
    if (!row) throw new Error(`no account ${id}`);
    return row.account;
  }

  branch(id: AccountId, transactionId: TransactionId): AccountBranchState | undefined {
    return this.branches.get(`${id} ${transactionId}`);
  }

  writes(): readonly StoreCall[] {
    return this.calls.filter(({ kind }) => kind === 'write');
  }

  loads(): readonly StoreCall[] {
    return this.calls.filter(({ kind }) => kind === 'load');
  }

  private async around<T>(call: StoreCall, effect: () => T): Promise<T> {
    this.calls.push(call);
    await this.before(call);
    const result = effect();
    await this.after(call);
    return result;
  }

  private snapshot(id: AccountId): AccountSnapshot {
    const row = this.rows.get(id);
    return row ? { state: row.account, version: row.version } : { state: ABSENT, version: 0n };
  }

  private apply(id: AccountId, entries: readonly AccountEntry[]): AccountWritten {
    const write = new Write(this, id);
    const outcomes = entries.map((entry) => write.add(entry));
    if (write.breaksBounds()) {
      return {
        account: this.snapshot(id),
        outcomes: outcomes.map((outcome) => (outcome.kind === 'applied' ? { kind: 'stale' } : outcome)),
      };
    }
    write.commit();
    return { account: this.snapshot(id), outcomes };
  }
}

/**
 * One write on its way: everything it would change, put in place only when the bounds hold. Like one SQL statement, it
 * judges every entry by the rows as they were before it.
 */
class Write {
  private account: OpenAccount | undefined;
  private readonly branches = new Map<string, AccountBranchState>();
  private readonly keys = new Map<string, { fingerprint: string; answer: OperationAnswer }>();
  private readonly journal: JournalEntry[] = [];
  private needsAccount = false;
  private changed = false;

  constructor(
    private readonly store: MemoryAccountStore,
    private readonly id: AccountId,
  ) {
    this.account = store.rows.get(id)?.account;
  }

  add({ event, operation }: AccountEntry): EntryOutcome {
    const keyId = operation && JSON.stringify([operation.scope, operation.key]);
    const taken = keyId === undefined ? undefined : this.store.keys.get(keyId);
    if (taken) return { kind: 'key-taken', ...taken };
    if (event && 'transactionId' in event) {
      const branchId = `${this.id} ${event.transactionId}`;
      const branch = this.store.branches.get(branchId);
      if (branch?.state !== startOf(event)) return { kind: 'branch-differs', branch };
      if (this.branches.has(branchId)) throw new Error('one write moves a branch from the same state twice');
      this.branches.set(branchId, evolveBranch(event));
    }
    if (event) this.change(event);
    const { balance, held } = this.account ?? EMPTY;
    if (operation && keyId !== undefined) {
      const { fingerprint, refusal } = operation;
      if (this.keys.has(keyId)) throw new Error('one write uses a key twice');
      const answer: OperationAnswer = refusal ? { kind: 'refused', refusal } : { kind: 'accepted', balance, held };
      this.keys.set(keyId, { fingerprint, answer });
    }
    return { kind: 'applied', balance, held };
  }

  breaksBounds(): boolean {
    if (!this.account) return this.needsAccount;
    const { balance, held, incoming } = this.account;
    return held < 0n || balance < held || incoming < 0n || balance + incoming > AMOUNT_MAX;
  }

  commit(): void {
    for (const [id, branch] of this.branches) this.store.branches.set(id, branch);
    for (const [id, answer] of this.keys) this.store.keys.set(id, answer);
    const row = this.store.rows.get(this.id);
    if (!row || !this.account || !this.changed) return;
    row.account = this.account;
    row.version += 1n;
    row.journal.push(...this.journal);
  }

  private change(event: AccountEvent): void {
    if (event.type === 'BranchTombstoned') return;
    this.needsAccount = true;
    if (!this.account) return;
    const { balance, held, incoming } = changeOf(event);
    this.account = {
      status: 'open',
      balance: this.account.balance + balance,
      held: this.account.held + held,
      incoming: this.account.incoming + incoming,
    };
    this.changed = true;
    const kind = journalKindOf(event);
    if (kind) this.journal.push({ kind, amount: event.amount });
  }
}

/** The state of the row that an event starts from. */
function startOf(event: Extract<AccountEvent, { transactionId: string }>): AccountBranchState['state'] | undefined {
  return event.type === 'BranchPrepared' || event.type === 'BranchTombstoned' ? undefined : 'prepared';
}
