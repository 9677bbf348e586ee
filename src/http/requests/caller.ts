export const ROLES = ['owner', 'service', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/**
 * The caller. `owner` names the person or program behind the token, and is empty without a token. A `coordinator`
 * signs, and has no token.
 */
export interface Caller {
  readonly role: Role | 'coordinator' | 'anonymous';
  readonly owner: string;
}

export function isRole(text: unknown): text is Role {
  return ROLES.some((role) => role === text);
}

export const UNKNOWN_CALLER: Caller = { role: 'anonymous', owner: '' };

/** The namespace of a caller's idempotency keys: two callers may choose the same key without knowing of each other. */
export function keyScope({ role, owner }: Caller): string {
  return `${role}/${owner}`;
}

/** Returns the caller of a namespace that {@link keyScope} made. */
export function callerOfScope(scope: string): { readonly role: string; readonly owner: string } {
  const [role = '', ...owner] = scope.split('/');
  return { role, owner: owner.join('/') };
}

/** The requester, stored with the request; never the token. A service that serves every caller does not know it. */
export function requestedBy({ owner }: Caller): { readonly requestedBy?: string } {
  return owner === '' || owner === OPEN_OWNER ? {} : { requestedBy: owner };
}

/** The owner of a request without a token, in a service that serves every caller. */
export const OPEN_OWNER = 'anonymous';
