import { assertNever } from '../../domain/assertNever';
import type { AccountId } from '../../domain/ids';
import type { Caller, Role } from '../caller';
import type { Refusal } from '../refusals';

/**
 * Who may use a route. Every route has one; owners are then held to what is theirs:
 * - `account`: the account that `of` finds in the request
 * - `transfers`: transfers whose origin is their own account; the handler asks {@link mayUse}
 * - `wallet`: nothing to choose, it is the caller's own
 */
export type Access<Input> =
  | { readonly kind: 'public' }
  | { readonly kind: 'account'; readonly of: (input: Input) => AccountId }
  | { readonly kind: 'transfers' }
  | { readonly kind: 'wallet' }
  | { readonly kind: 'admin' };

export type AccessKind = Access<unknown>['kind'];

const ROLES_OF: Record<Exclude<AccessKind, 'public'>, readonly Role[]> = {
  account: ['owner', 'service', 'admin'],
  transfers: ['owner', 'service', 'admin'],
  wallet: ['owner', 'admin'],
  admin: ['admin'],
};

/** Whether the caller may use such a route at all. Nobody is told "forbidden" who has not said who they are. */
export function refusalOfRoute(kind: AccessKind, caller: Caller, sentToken: boolean): Refusal | undefined {
  if (kind === 'public') return undefined;
  const { role } = caller;
  if (role === 'anonymous') return { kind: 'unauthenticated' };
  if (ROLES_OF[kind].includes(role)) return undefined;
  return sentToken ? { kind: 'forbidden' } : { kind: 'unauthenticated' };
}

/** Whether the caller may use an account, or a transfer with that origin. Others' are not even there for owners. */
export function mayUse({ role, owner }: Caller, account: AccountId): boolean {
  switch (role) {
    case 'service':
    case 'admin':
      return true;
    case 'owner':
      return owner === account;
    case 'anonymous':
      return false;
    default:
      return assertNever(role);
  }
}
