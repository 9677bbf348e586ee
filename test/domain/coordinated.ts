import * as fc from 'fast-check';
import type { AccountCommand, BranchCommand } from '../../src/domain/account/commands';
import type { AccountId, TransactionId } from '../../src/domain/ids';
import { decide, type TransactionCommand } from '../../src/domain/transaction/decide';
import { evolve } from '../../src/domain/transaction/evolve';
import { pendingWork } from '../../src/domain/transaction/pendingWork';
import type { TransactionState } from '../../src/domain/transaction/state';
import { branchesOf, linesOf, type Posting, promiseOf, type TransferQuery } from '../../src/domain/transfer';
import type { Bank } from './bank';

type State = TransactionState<TransferQuery, string>;

export interface Transfer {
  readonly id: TransactionId;
  readonly query: TransferQuery;
}

/** What the network, the clock and the clients may do next. `pick` chooses among what there is. */
export interface Delivery {
  readonly transfer: number;
  readonly what: 'send' | 'arrive' | 'give-up' | 'fail' | 'resume' | 'capture' | 'void' | 'expire';
  readonly pick: number;
}

export const deliveries = (transfers: number): fc.Arbitrary<Delivery[]> =>
  fc.array(
    fc.record({
      transfer: fc.nat(transfers - 1),
      what: fc.oneof(
        { weight: 6, arbitrary: fc.constant('send' as const) },
        { weight: 10, arbitrary: fc.constant('arrive' as const) },
        { weight: 2, arbitrary: fc.constant('capture' as const) },
        { weight: 1, arbitrary: fc.constantFrom<Delivery['what']>('give-up', 'fail', 'resume', 'void', 'expire') },
      ),
      pick: fc.nat(100),
    }),
    { maxLength: transfers * 16 },
  );

/** Transfers of one to five postings between any of the accounts, some of them to be captured. */
export const transfersBetween = (accounts: readonly AccountId[], count: number): fc.Arbitrary<Transfer[]> => {
  const posting: fc.Arbitrary<Posting> = fc
    .record({
      origin: fc.nat(accounts.length - 1),
      step: fc.integer({ min: 1, max: accounts.length - 1 }),
      amount: fc.bigInt({ min: 1n, max: 60n }),
    })
    .map(({ origin, step, amount }) => ({
      origin: accounts[origin] ?? '',
      destination: accounts[(origin + step) % accounts.length] ?? '',
      amount,
    }));
  const query = fc
    .record({ postings: fc.array(posting, { minLength: 1, maxLength: 5 }), isManual: fc.boolean() })
    .map(({ postings, isManual }): TransferQuery => ({ postings, ...(isManual && { capture: 'manual' }) }));
  return fc
    .array(query, { minLength: 1, maxLength: count })
    .map((queries) => queries.map((drawn, index) => ({ id: `t${index}`, query: drawn })));
};

/** A call on its way: it may arrive late, many times, or never. */
interface Sent {
  readonly transfer: number;
  readonly account: AccountId;
  readonly command: BranchCommand;
}

/**
 * The transactions of the domain over accounts of the domain. In which order, how often and how late calls arrive, and
 * what clients and the clock do in between, is up to the deliveries.
 */
export class Coordinated {
  private readonly states: State[];
  private readonly network: Sent[] = [];

  constructor(
    private readonly bank: Bank,
    private readonly transfers: readonly Transfer[],
  ) {
    this.states = transfers.map(({ id, query }) => {
      const { branches, askedFirst } = branchesOf(query);
      const isTwoStep = query.capture === 'manual';
      return { status: 'preparing', id, query, branches, askedFirst, isTwoStep, votes: new Map() };
    });
  }

  state(transfer: number): State {
    const state = this.states[transfer];
    if (!state) throw new Error(`no transfer ${transfer}`);
    return state;
  }

  deliver({ transfer: drawn, what, pick }: Delivery): void {
    const transfer = drawn % this.transfers.length;
    if (what === 'send') this.send(transfer, pick);
    else if (what === 'arrive') {
      const sent = this.network[pick % Math.max(1, this.network.length)];
      if (sent) this.arrive(sent);
    } else this.tell(transfer, this.commandFor(what, transfer, pick));
  }

  /** Drives every transfer until each branch has heard the decision; some are captured. */
  finishAll(): void {
    for (const transfer of this.states.keys()) {
      this.tell(transfer, { type: 'Resume' });
      this.drive(transfer);
      if (transfer % 3 > 0) this.tell(transfer, { type: 'Capture', query: this.captured(transfer, 40n) });
      this.tell(transfer, { type: 'Void', reason: { kind: 'expired' } });
      this.drive(transfer);
    }
  }

  private drive(transfer: number): void {
    while (pendingWork(this.state(transfer)).length > 0) {
      this.send(transfer, 0);
      const sent = this.network.at(-1);
      if (sent) this.arrive(sent);
    }
  }

  private send(transfer: number, pick: number): void {
    const state = this.state(transfer);
    const calls = pendingWork(state);
    const call = calls[pick % Math.max(1, calls.length)];
    if (!call) return;
    const { branch: account } = call;
    const transactionId = state.id;
    const command: BranchCommand =
      call.type === 'abort'
        ? { type: 'Abort', transactionId }
        : call.type === 'prepare'
          ? { type: 'Prepare', transactionId, promised: promiseOf(call.query, account) }
          : { type: 'Commit', transactionId, lines: linesOf(call.query, account) };
    this.network.push({ transfer, account, command });
  }

  private arrive({ transfer, account, command }: Sent): void {
    if (command.type !== 'Prepare') {
      this.bank.mustAccept(account, command);
      const { status } = this.state(transfer);
      const isOfNow = status === (command.type === 'Commit' ? 'committing' : 'aborting');
      if (isOfNow) this.tell(transfer, { type: 'ConfirmBranch', branch: account });
      return;
    }
    const refusal = this.bank.refusal(account, command);
    const vote = refusal ? ({ kind: 'abort', reason: refusal.kind } as const) : ({ kind: 'commit' } as const);
    this.tell(transfer, { type: 'RecordVotes', votes: [{ branch: account, vote }] });
  }

  private tell(transfer: number, command: TransactionCommand<TransferQuery, string>): void {
    const decision = decide<TransferQuery, string>(this.state(transfer), command);
    if (decision.kind === 'refused') return;
    for (const event of decision.events) {
      this.states[transfer] = evolve<TransferQuery, string>(this.state(transfer), event);
    }
  }

  private commandFor(
    what: Exclude<Delivery['what'], 'send' | 'arrive'>,
    transfer: number,
    pick: number,
  ): TransactionCommand<TransferQuery, string> {
    switch (what) {
      case 'give-up':
        return { type: 'Abort', reason: { kind: 'timeout' } };
      case 'fail':
        return { type: 'Fail', errors: [] };
      case 'resume':
        return { type: 'Resume' };
      case 'capture':
        return { type: 'Capture', query: this.captured(transfer, BigInt(pick)) };
      case 'void':
        return { type: 'Void', reason: { kind: 'voided' } };
      case 'expire':
        return { type: 'Void', reason: { kind: 'expired' } };
    }
  }

  /** A capture of part: of each posting a part of its own. */
  private captured(transfer: number, percent: bigint): TransferQuery {
    const query = this.transfers[transfer]?.query ?? { postings: [] };
    const parts = query.postings.map(({ amount }, n) => (amount * ((percent * BigInt(n + 1)) % 101n)) / 100n);
    return { ...query, captured: parts };
  }
}

/** What is done to accounts while transfers are under way. */
export const disturbances = (accounts: readonly AccountId[]) =>
  fc.array(
    fc.record({
      account: fc.constantFrom(...accounts),
      command: fc.oneof(
        fc.record({ type: fc.constantFrom('Deposit' as const, 'Withdraw' as const), amount: fc.bigInt(1n, 50n) }),
        fc.record({
          type: fc.constant('ChangeTerms' as const),
          change: fc.record(
            {
              frozen: fc.constantFrom(undefined, 'debits' as const, 'all' as const),
              overdraftLimit: fc.bigInt(0n, 80n),
            },
            { requiredKeys: [] },
          ),
        }),
      ) as fc.Arbitrary<AccountCommand>,
    }),
    { maxLength: 60 },
  );
