import { assertNever } from '../../domain/assertNever';
import type { AccountId } from '../../domain/ids';
import type { Refusal } from '../answers/refusals';
import type { Caller, Role } from '../requests/caller';

/**
 * Who may use a route. Every route has one. Owners may reach only what is theirs:
 * - `account`: the account that `of` finds in the request, or all of several accounts
 * - `funds`: money enters that account from outside, or leaves it; an owner may not use it, unless a caller without a
 *   token may
 * - `transfers`: transfers whose origin is the owner's account; the handler calls {@link mayUse}
 * - `service`: all accounts at once; closed to owners
 * - `signed`: other services, which sign their requests; tokens are ignored
 * - `wallet`: the caller's own wallet
 */
export type Access<Input> =
  | { readonly kind: 'public' }
  | { readonly kind: 'signed' }
  | { readonly kind: 'account' | 'funds'; readonly of: (input: Input) => AccountId | readonly AccountId[] }
  | { readonly kind: 'transfers' }
  | { readonly kind: 'service' }
  | { readonly kind: 'wallet' }
  | { readonly kind: 'admin' };

export type AccessKind = Access<unknown>['kind'];

const ROLES_OF: Record<Exclude<AccessKind, 'public' | 'signed'>, readonly Role[]> = {
  account: ['owner', 'service', 'admin'],
  funds: ['service', 'admin'],
  transfers: ['owner', 'service', 'admin'],
  service: ['service', 'admin'],
  wallet: ['owner', 'admin'],
  admin: ['admin'],
};

/**
 * Returns a refusal if the caller may not use such a route at all. A caller without a token gets "unauthenticated",
 * never "forbidden". `anonymous` is the caller that a request without a token counts as. A token never removes a right
 * that `anonymous` has.
 */
export function refusalOfRoute(kind: AccessKind, caller: Caller, anonymous: Caller): Refusal | undefined {
  if (kind === 'public' || kind === 'signed') return undefined;
  const { role } = caller;
  if (role === 'anonymous') return { kind: 'unauthenticated' };
  if (role === 'coordinator') return { kind: 'forbidden' };
  if (ROLES_OF[kind].includes(role) || (kind === 'funds' && has(anonymous, 'funds'))) return undefined;
  return caller === anonymous ? { kind: 'unauthenticated' } : { kind: 'forbidden' };
}

function has({ role }: Caller, kind: keyof typeof ROLES_OF): boolean {
  return role !== 'anonymous' && role !== 'coordinator' && ROLES_OF[kind].includes(role);
}

/**
 * Whether the caller may use an account, or a transfer with that origin. For owners, the accounts of others do not
 * exist.
 */
export function mayUse({ role, owner }: Caller, account: AccountId): boolean {
  switch (role) {
    case 'service':
    case 'admin':
      return true;
    case 'owner':
      return owner === account;
    case 'coordinator':
    case 'anonymous':
      return false;
    default:
      return assertNever(role);
  }
}
