import type { AccessKind } from '../auth/access';
import type { Authenticator } from '../auth/authenticator';

/** The demo token that a caller needs when the service serves every caller, as on a loopback address. */
const DEMO_TOKEN: Record<AccessKind, string | undefined> = {
  public: undefined,
  signed: undefined,
  account: undefined,
  funds: undefined,
  transfers: undefined,
  service: undefined,
  wallet: 'alice-token',
  admin: 'admin-token',
};

/** The token in a shell command; undefined if the route needs none. */
export function tokenFor(access: AccessKind, { anonymous }: Pick<Authenticator, 'anonymous'>): string | undefined {
  if (access === 'public') return undefined;
  return anonymous.role === 'anonymous' ? '$TOKEN' : DEMO_TOKEN[access];
}
