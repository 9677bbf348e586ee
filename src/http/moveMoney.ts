import type { AccountCommand } from '../domain/account/commands';
import type { AccountId } from '../domain/ids';
import type { AccountReply } from '../engine/accounts/commandUnit';
import type { Refused } from './answers/answer';
import type { HttpDeps } from './deps';
import { requestedBy } from './requests/caller';
import { clientKeyOf, ownKey, requestKey } from './requests/idempotency';
import type { Input } from './requests/route';

/** A client's note on a deposit or withdrawal; the journal stores it. */
export interface MoneyNote {
  readonly description?: string | undefined;
  readonly metadata?: Record<string, unknown> | undefined;
}

/**
 * Deposits or withdraws, once for each key of a client. A key identifies one request of one caller, regardless of its
 * path: the account is part of the request's meaning.
 */
export async function moveMoney(
  { commands }: Pick<HttpDeps, 'commands'>,
  account: AccountId,
  kind: 'deposit' | 'withdraw',
  amount: bigint,
  { headers, context }: Pick<Input<unknown, unknown, unknown>, 'headers' | 'context'>,
  { description, metadata }: MoneyNote = {},
): Promise<Refused | { readonly kind: 'replied'; readonly reply: AccountReply }> {
  const client = clientKeyOf(headers);
  if (client.kind === 'refused') return client;
  const meaning = [kind, account, amount, description ?? null, metadata ?? null];
  const isClientsKey = client.kind === 'key';
  const key = isClientsKey ? requestKey(context.caller, client.key, meaning) : ownKey();
  const command: AccountCommand = { type: kind === 'deposit' ? 'Deposit' : 'Withdraw', amount };
  const note = {
    ...(description !== undefined && { description }),
    ...(metadata && { metadata }),
    ...requestedBy(context.caller),
  };
  return {
    kind: 'replied',
    reply: await commands.ask(account, command, { key, isClientsKey, ...(Object.keys(note).length > 0 && { note }) }),
  };
}
