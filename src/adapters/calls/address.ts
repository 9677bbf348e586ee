import { isIPv4 } from 'node:net';
import { z } from 'zod';

/** Where a service is whose calls have paths of their own. */
export const AddressSchema = z
  .string({ error: ({ input }) => (input === undefined ? 'is missing' : undefined) })
  .superRefine((text, context) => {
    const problem = problemOfAddress(text) ?? problemOfEnd(new URL(text));
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  });

/**
 * What is wrong with the address of a service elsewhere, for people; undefined when nothing is. It must be https, so that a call cannot be
 * forged or read on the way; http is accepted on loopback.
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
