import { type AccountTerms, PLAIN_TERMS } from '../domain/account/state';
import type { AccountId } from '../domain/ids';
import type { AccountReply } from '../engine/accounts/commandUnit';
import type { HttpDeps } from './deps';
import { ownKey } from './requests/idempotency';

/** Opens an account. Returns a refusal if it already exists. */
export function openAccount(
  commands: HttpDeps['commands'],
  id: AccountId,
  terms: AccountTerms = PLAIN_TERMS,
): Promise<AccountReply> {
  return commands.ask(id, { type: 'Open', terms }, { key: ownKey(), isClientsKey: false });
}
