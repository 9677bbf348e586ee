import * as fc from 'fast-check';
import type { BranchCommand } from '../../src/domain/account/commands';
import type { AccountId, TransactionId } from '../../src/domain/ids';
import type { Bank } from './bank';

export interface Transfer {
  readonly id: TransactionId;
  readonly origin: AccountId;
  readonly destination: AccountId;
  readonly amount: bigint;
}

/** What the network and the clock may do next to one transfer. `late` prepares ignore that it is long over. */
export interface Delivery {
  readonly transfer: number;
  readonly what: 'prepare' | 'decide' | 'give-up' | 'finish';
  readonly side: 'origin' | 'destination';
}

export const deliveries = (transfers: number): fc.Arbitrary<Delivery[]> =>
  fc.array(
    fc.record({
      transfer: fc.nat(transfers - 1),
      what: fc.constantFrom<Delivery['what']>('prepare', 'prepare', 'prepare', 'decide', 'finish', 'finish', 'give-up'),
      side: fc.constantFrom<Delivery['side']>('origin', 'destination'),
    }),
    { maxLength: transfers * 12 },
  );

export const transfersBetween = (accounts: readonly AccountId[], count: number): fc.Arbitrary<Transfer[]> =>
  fc
    .array(
      fc.record({
        origin: fc.nat(accounts.length - 1),
        step: fc.integer({ min: 1, max: accounts.length - 1 }),
        amount: fc.bigInt({ min: 1n, max: 60n }),
      }),
      { minLength: 1, maxLength: count },
    )
    .map((drawn) =>
      drawn.map(({ origin, step, amount }, index) => ({
        id: `t${index}`,
        origin: accounts[origin] ?? '',
        destination: accounts[(origin + step) % accounts.length] ?? '',
        amount,
      })),
    );

/**
 * A coordinator reduced to its promises: it commits only after every branch voted for it, decides once, and sends the
 * decision any number of times. In which order, how often and how late calls arrive is up to the deliveries.
 */
export class Coordinated {
  private readonly votes = new Map<TransactionId, Map<AccountId, boolean>>();
  readonly decisions = new Map<TransactionId, 'commit' | 'abort'>();

  constructor(
    private readonly bank: Bank,
    private readonly transfers: readonly Transfer[],
  ) {}

  deliver({ transfer: index, what, side }: Delivery): void {
    const transfer = this.transfers[index % this.transfers.length];
    if (!transfer) return;
    switch (what) {
      case 'prepare':
        this.prepare(transfer, side);
        break;
      case 'decide':
        this.decide(transfer);
        break;
      case 'give-up':
        if (!this.decisions.has(transfer.id)) this.decisions.set(transfer.id, 'abort');
        break;
      case 'finish':
        this.finish(transfer, side);
        break;
    }
  }

  /** Nothing stays pending for ever: what is undecided is aborted, and every branch hears its decision. */
  settle(): void {
    for (const transfer of this.transfers) {
      this.decide(transfer);
      if (!this.decisions.has(transfer.id)) this.decisions.set(transfer.id, 'abort');
      this.finish(transfer, 'destination');
      this.finish(transfer, 'origin');
    }
  }

  private prepare(transfer: Transfer, side: Delivery['side']): void {
    const { id, amount } = transfer;
    const type = side === 'origin' ? 'PrepareDebit' : 'PrepareCredit';
    const answer = this.bank.tell(transfer[side], { type, transactionId: id, amount });
    const votes = this.votes.get(id) ?? new Map<AccountId, boolean>();
    this.votes.set(id, votes);
    if (!votes.has(transfer[side])) votes.set(transfer[side], answer.kind === 'accepted');
  }

  private decide({ id }: Transfer): void {
    const votes = [...(this.votes.get(id)?.values() ?? [])];
    if (this.decisions.has(id)) return;
    if (votes.includes(false)) this.decisions.set(id, 'abort');
    else if (votes.length === 2) this.decisions.set(id, 'commit');
  }

  private finish(transfer: Transfer, side: Delivery['side']): void {
    const decision = this.decisions.get(transfer.id);
    if (!decision) return;
    const type: BranchCommand['type'] = decision === 'commit' ? 'CommitBranch' : 'AbortBranch';
    this.bank.mustAccept(transfer[side], { type, transactionId: transfer.id });
  }
}
