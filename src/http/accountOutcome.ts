import type { AccountRefusal } from '../domain/account/commands';
import type { AccountId } from '../domain/ids';
import type { AccountReply } from '../engine/accountMessages';
import { answer, type Outcome, REPLAYED, refused } from './answer';
import type { Refusal } from './refusals';

/** An account as clients see it, in minor units. */
export function viewAccount(id: AccountId, balance: bigint, held: bigint) {
  return { id, balance: Number(balance), held: Number(held), available: Number(balance - held) };
}

/** The answer to a deposit or a withdrawal: the account right after it. */
export function outcomeOfReply(id: AccountId, reply: AccountReply): Outcome {
  switch (reply.kind) {
    case 'done': {
      const { balance, held, replayed } = reply;
      if (balance === undefined || held === undefined) throw new Error('a deposit or withdrawal reports no balance');
      return answer(200, viewAccount(id, balance, held), replayed ? REPLAYED : {});
    }
    case 'refused':
      return refused(refusalOf(id, reply.refusal), { replayed: reply.replayed === true });
    case 'key-reused':
      return refused({ kind: 'idempotency-key-reused' });
  }
}

export function refusalOf(account: AccountId, refusal: AccountRefusal): Refusal {
  switch (refusal.kind) {
    case 'account-not-found':
    case 'balance-limit-exceeded':
      return { kind: refusal.kind, account };
    case 'insufficient-funds':
      return { kind: refusal.kind, account, missing: refusal.missing };
    case 'branch-aborted':
    case 'protocol-violation':
      throw new Error(`a deposit or withdrawal was refused as ${refusal.kind}`);
  }
}
