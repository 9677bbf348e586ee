import type { AccountRefusal } from '../../domain/account/commands';
import { available, type OpenAccount } from '../../domain/account/state';
import type { AccountId } from '../../domain/ids';
import type { AccountReply } from '../../engine/accounts/commandUnit';
import type { OperationAnswer } from '../../engine/journal/requestKey';
import { answer, type Outcome, REPLAYED, refused } from './answer';
import type { Refusal } from './refusals';

type Amounts = Omit<Extract<OperationAnswer, { kind: 'accepted' }>, 'kind'>;

/** An account as clients see it, in minor units. */
export function viewAccount(id: AccountId, amounts: Amounts) {
  return { ...viewAccountThen(id, amounts), available: Number(amounts.available) };
}

/** The same at a past instant, from the account's journal. */
export function viewAccountThen(id: AccountId, { balance, held, incoming }: Omit<Amounts, 'available'>) {
  return { id, balance: Number(balance), held: Number(held), incoming: Number(incoming) };
}

export function amountsOf(account: OpenAccount): Amounts {
  const { balance, held, incoming } = account;
  return { balance, held, incoming, available: available(account) };
}

/** The answer to a command: the account's state right after it. */
export function outcomeOfReply(id: AccountId, reply: AccountReply): Outcome {
  switch (reply.kind) {
    case 'accepted':
      return answer(200, viewAccount(id, reply), reply.replayed ? REPLAYED : {});
    case 'refused':
      return refused(refusalOf(id, reply.refusal), { replayed: reply.replayed === true });
    case 'key-reused':
      return refused({ kind: 'idempotency-key-reused' });
  }
}

export function refusalOf(account: AccountId, refusal: AccountRefusal): Refusal {
  switch (refusal.kind) {
    case 'account-not-found':
    case 'account-already-exists':
    case 'account-closed':
    case 'account-frozen':
    case 'account-not-empty':
    case 'balance-limit-exceeded':
    case 'currency-mismatch':
      return { kind: refusal.kind, account };
    case 'insufficient-funds':
      return { kind: refusal.kind, account, missing: refusal.missing };
    case 'branch-aborted':
    case 'protocol-violation':
      throw new Error(`a command was refused as ${refusal.kind}`);
  }
}
