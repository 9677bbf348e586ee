import type { AccountId } from '../domain/ids';
import type { AccountReply } from '../engine/accountMessages';
import type { Refused } from './answer';
import type { HttpDeps } from './deps';
import { clientKeyOf, ownKey, requestKey } from './idempotency';
import type { Input } from './route';

/**
 * Deposits or withdraws, once for each key of a client. One key is one request of one caller, whatever its path: the
 * account is part of what it means.
 */
export async function moveMoney(
  { accounts }: Pick<HttpDeps, 'accounts'>,
  account: AccountId,
  kind: 'deposit' | 'withdraw',
  amount: bigint,
  { headers, context }: Pick<Input<unknown, unknown, unknown>, 'headers' | 'context'>,
  description?: string,
): Promise<Refused | { readonly kind: 'replied'; readonly reply: AccountReply }> {
  const client = clientKeyOf(headers);
  if (client.kind === 'refused') return client;
  const meaning = [kind, account, amount, ...(description === undefined ? [] : [description])];
  const request = client.kind === 'key' ? requestKey(context.caller, client.key, meaning) : ownKey();
  const reply = await accounts.of(account).ask({
    kind: 'money',
    command: { type: kind === 'deposit' ? 'Deposit' : 'Withdraw', amount },
    request,
    ...(description !== undefined && { description }),
  });
  return { kind: 'replied', reply };
}
