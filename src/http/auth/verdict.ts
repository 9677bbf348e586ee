import type { Caller } from '../requests/caller';

/** The caller of a token, or why it is refused: a sentence for people that repeats nothing of the token. */
export type Verdict =
  | { readonly kind: 'known'; readonly caller: Caller }
  | { readonly kind: 'refused'; readonly why: string };

export function known(caller: Caller): Verdict {
  return { kind: 'known', caller };
}

/** `why` is also sent in a header, so it must be printable ASCII without quotes and backslashes (RFC 6750, 3). */
export function refusedToken(why: string): Verdict {
  return { kind: 'refused', why };
}
