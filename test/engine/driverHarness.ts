import type { BranchId } from '../../src/domain/ids';
import type { Vote } from '../../src/domain/transaction/state';
import type { Branch } from '../../src/engine/branch';
import { type Driven, Driver } from '../../src/engine/driver';
import type { TransactionRecord } from '../../src/engine/ports';
import { MemoryClock } from '../support/memoryClock';
import { MemoryLog } from '../support/memoryLog';
import { MemoryTransactionStore } from '../support/memoryTransactionStore';

export type Query = { readonly asks: string };
export type Record = TransactionRecord<Query, string>;
type Store = MemoryTransactionStore<Query, string>;

/** A branch that keeps the participant table, and does what a test tells it to before it answers. */
export class ScriptedBranch implements Branch<Query, string> {
  state: 'none' | 'prepared' | 'committed' | 'aborted' = 'none';
  readonly calls: string[] = [];
  /** What prepare answers instead of the table, in this order. */
  votes: (Vote<string> | Error)[] = [];
  onPrepare: () => Promise<void> = () => Promise.resolve();
  onCommit: () => Promise<void> = () => Promise.resolve();
  onAbort: () => Promise<void> = () => Promise.resolve();

  async prepare(): Promise<Vote<string>> {
    this.calls.push('prepare');
    await this.onPrepare();
    const vote = this.votes.shift();
    if (vote instanceof Error) throw vote;
    if (vote) return vote;
    if (this.state === 'aborted') return { kind: 'abort', reason: 'branch-aborted' };
    if (this.state === 'none') this.state = 'prepared';
    return { kind: 'commit' };
  }

  async commit(): Promise<void> {
    this.calls.push('commit');
    await this.onCommit();
    if (this.state === 'none' || this.state === 'aborted') throw new Error(`commit of a branch that is ${this.state}`);
    this.state = 'committed';
  }

  async abort(): Promise<void> {
    this.calls.push('abort');
    await this.onAbort();
    if (this.state === 'committed') throw new Error('abort of a branch that was committed');
    this.state = 'aborted';
  }
}

export const ID = 'transaction';

/** One transaction with scripted branches, and drivers for it. */
export class DriverHarness {
  readonly clock = new MemoryClock();
  readonly log = new MemoryLog();
  readonly store: Store = new MemoryTransactionStore<Query, string>(this.clock);
  readonly a = new ScriptedBranch();
  readonly b = new ScriptedBranch();

  async create(timeoutMs = 10_000, branches: readonly BranchId[] = ['a', 'b']): Promise<Record> {
    await this.store.create({ id: ID, type: 'test', query: { asks: 'anything' }, branches, timeoutMs });
    return this.record();
  }

  record(): Record {
    return this.store.record(ID);
  }

  driver(attemptsMax = 3): Driver<Query, string> {
    const { clock, log, store } = this;
    const branchOf = (branch: BranchId) => this.branch(branch);
    return new Driver({
      branchOf,
      clock,
      log,
      store,
      attemptsMax,
      jointMoves: true,
      backoff: { initialMs: 10, maxMs: 1000 },
    });
  }

  async drive(record: Record = this.record()): Promise<Driven<Query, string>> {
    return this.driver().drive(record);
  }

  /** The statuses in the history, in order. */
  history(): readonly string[] {
    return this.record().history.map(({ status }) => status);
  }

  branchStates(): readonly string[] {
    return [this.a.state, this.b.state];
  }

  private branch(id: BranchId): ScriptedBranch {
    return id === 'a' ? this.a : this.b;
  }
}
