import { isIPv4 } from 'node:net';
import { z } from 'zod';

/** The address of a service whose calls append their own paths. */
export const AddressSchema = z
  .string({ error: ({ input }) => (input === undefined ? 'is missing' : undefined) })
  .superRefine((text, context) => {
    const problem = problemOfAddress(text) ?? problemOfEnd(new URL(text));
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

/**
 * Why the address of a remote service is invalid, as text for people; undefined if it is valid. It must be https, so
 * that no one on the way can forge or read a call. Loopback may use http.
 */
export function problemOfAddress(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be an address, as https://stock.example/tandem';
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    return 'must be https, or http on loopback';
  return url.username === '' && url.password === '' ? undefined : 'must carry no user and no password';
}

function problemOfEnd({ search, hash }: URL): string | undefined {
  return search === '' && hash === '' ? undefined : 'must carry no query and no fragment';
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
}
