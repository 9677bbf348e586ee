import type { BranchCommand } from '../../src/domain/account/commands';

/** The commands of a coordinator to one account of a transaction with one posting. */
export const prepareDebit = (transactionId: string, amount: bigint): BranchCommand => ({
  type: 'Prepare',
  transactionId,
  promised: { held: amount, incoming: 0n, arrivingMax: 0n },
});

export const prepareCredit = (transactionId: string, amount: bigint): BranchCommand => ({
  type: 'Prepare',
  transactionId,
  promised: { held: 0n, incoming: amount, arrivingMax: amount },
});

export const commitDebit = (transactionId: string, amount: bigint): BranchCommand => ({
  type: 'Commit',
  transactionId,
  lines: [{ direction: 'out', amount, posting: 0 }],
});

export const commitCredit = (transactionId: string, amount: bigint): BranchCommand => ({
  type: 'Commit',
  transactionId,
  lines: [{ direction: 'in', amount, posting: 0 }],
});

export const abortBranch = (transactionId: string): BranchCommand => ({ type: 'Abort', transactionId });
