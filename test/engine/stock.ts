import type { TransactionId } from '../../src/domain/ids';
import type { FinalVote } from '../../src/domain/transaction/state';
import { participationId } from '../../src/domain/transfer';
import type { Branch, Patience } from '../../src/engine/transactions/branch';
import type { Query, Refusal } from './bank';

export const BOOK = { participant: 'stock', branch: 'book' };
export const BOOK_BRANCH = participationId(BOOK);

const REFUSAL: Refusal = { kind: 'participant-refused', ...BOOK, code: 'sold-out', detail: 'no book is left' };

/** A service elsewhere that takes part in transfers. It keeps the participant table for each transaction. */
export class Stock implements Branch<Query, Refusal> {
  readonly states = new Map<TransactionId, 'prepared' | 'committed' | 'aborted'>();
  readonly calls: string[] = [];
  patience?: Patience;
  readonly refuses = new Set<TransactionId>();
  /** Called before each call takes effect, and before its answer is heard. */
  before: (call: string) => Promise<void> = () => Promise.resolve();
  after: (call: string) => Promise<void> = () => Promise.resolve();

  async prepare(id: TransactionId): Promise<FinalVote<Refusal>> {
    return this.called('prepare', () => {
      const state = this.states.get(id);
      if (state === 'aborted' || (!state && this.refuses.has(id))) return { kind: 'abort', reason: REFUSAL };
      if (!state) this.states.set(id, 'prepared');
      return { kind: 'commit' };
    });
  }

  async commit(id: TransactionId): Promise<undefined> {
    await this.called('commit', () => {
      const state = this.states.get(id);
      if (state !== 'prepared' && state !== 'committed') throw new Error(`commit of a branch that is ${state}`);
      this.states.set(id, 'committed');
    });
  }

  async abort(id: TransactionId): Promise<undefined> {
    await this.called('abort', () => {
      if (this.states.get(id) === 'committed') throw new Error('abort of a branch that was committed');
      this.states.set(id, 'aborted');
    });
  }

  private async called<T>(call: string, effect: () => T): Promise<T> {
    await this.before(call);
    this.calls.push(call);
    const result = effect();
    await this.after(call);
    return result;
  }
}
