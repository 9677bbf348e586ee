import { assertNever } from '../../domain/assertNever';
import type { AccountId } from '../../domain/ids';
import type { Refusal } from '../answers/refusals';
import type { Caller, Role } from '../requests/caller';

/**
 * Who may use a route. Every route has one; owners are then held to what is theirs:
 * - `account`: the account that `of` finds in the request, or all of several
 * - `funds`: money comes into that account from outside, or leaves it; an owner may not use it, unless a caller without a token may
 * - `transfers`: transfers whose origin is their own account; the handler asks {@link mayUse}
 * - `service`: all accounts at once; closed to owners
 * - `signed`: other services, which sign what they send; tokens count for nothing
 * - `wallet`: nothing to choose, it is the caller's own
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
 * Whether the caller may use such a route at all. A caller without a token is told "unauthenticated", never "forbidden". `anonymous`
 * is who counts as the caller without a token: a right that it has is no owner's to lose.
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

/** Whether the caller may use an account, or a transfer with that origin. Others' are not even there for owners. */
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
