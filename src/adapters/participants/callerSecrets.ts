import { PARTICIPANT_NAME } from '../../engine/participants';
import { isSecret } from '../calls/secret';
import type { KnownSecret } from '../calls/signature';

/**
 * Reads `name=whsec_…,…`: the callers that may use this service as a participant. A name may occur twice, while one
 * secret replaces another. A secret may occur only once, because it identifies the caller. Throws an Error that quotes
 * no secret.
 */
export function parseCallerSecrets(text: string): readonly KnownSecret[] {
  const known = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(parseEntry);
  const owners = new Map<string, string>();
  for (const { name, secret } of known) {
    const owner = owners.get(secret);
    if (owner !== undefined) throw new Error(`${owner} and ${name} have the same secret, or one has it twice`);
    owners.set(secret, name);
  }
  return known;
}

function parseEntry(entry: string, index: number): KnownSecret {
  // Split at the first `=`: a name cannot contain one, base64 may end in it.
  const split = entry.indexOf('=');
  const name = entry.slice(0, Math.max(split, 0));
  const secret = entry.slice(split + 1);
  // Without a name, the text before the padding would pass for the name, and be quoted.
  if (!PARTICIPANT_NAME.test(name) || entry.startsWith('whsec_'))
    throw new Error(`entry ${index + 1} does not begin with a name and =`);
  if (!isSecret(secret)) throw new Error(`the secret of ${name} is not whsec_ and base64 of 24 to 64 bytes`);
  return { name, secret };
}
