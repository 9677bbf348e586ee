import { isIPv4 } from 'node:net';
import { z } from 'zod';

/**
 * Where a participant is. https, for what is decided there must not be forged or read on the way; http where there is no way,
 * on loopback.
 */
export const AddressSchema = z.string().superRefine((text, context) => {
  const problem = problemOf(text);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

function problemOf(text: string): string | undefined {
  if (!URL.canParse(text)) return 'must be an address, as https://stock.example/tandem';
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname)))
    return 'must be https, or http on loopback';
  if (url.username !== '' || url.password !== '') return 'must carry no user and no password';
  if (url.search !== '' || url.hash !== '') return 'must carry no query and no fragment';
  return undefined;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || (isIPv4(host) && host.startsWith('127.'));
}
