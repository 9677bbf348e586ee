import { isIPv4 } from 'node:net';
import { z } from 'zod';

/** Where a service is whose calls have paths of their own. */
export const AddressSchema = z.string().superRefine((text, context) => {
  const problem = problemOfAddress(text) ?? problemOfEnd(new URL(text));
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

/**
 * What is wrong with the address of a service elsewhere, for people; undefined when nothing is. https, for what is told or decided
 * there must not be forged or read on the way; http where there is no way, on loopback.
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
