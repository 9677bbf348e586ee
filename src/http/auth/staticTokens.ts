import { createHash, timingSafeEqual } from 'node:crypto';
import { ACCOUNT_ID } from '../../domain/ids';
import { type Caller, isRole } from '../requests/caller';

interface Known {
  readonly digest: Buffer;
  readonly caller: Caller;
}

/**
 * Callers by token. Compares the digest of a token with every known digest in constant time, so the response time does
 * not reveal how close a guess was.
 */
export class StaticTokens {
  private constructor(private readonly known: readonly Known[]) {}

  /**
   * Reads entries `token=owner[:role]`, separated by commas or newlines. The default role is owner; a line that begins
   * with # is a comment. Throws an Error that quotes no token.
   */
  static parse(text: string): StaticTokens {
    return new StaticTokens(StaticTokens.entriesOf(text).map(parseEntry));
  }

  /** The entries of such a text, unparsed. */
  static entriesOf(text: string): string[] {
    const lines = text.split('\n').filter((line) => !line.trimStart().startsWith('#'));
    return lines.flatMap((line) => line.split(',').flatMap((entry) => entry.trim() || []));
  }

  get size(): number {
    return this.known.length;
  }

  find(token: string): Caller | undefined {
    const digest = sha256(token);
    let found: Caller | undefined;
    for (const known of this.known) if (timingSafeEqual(known.digest, digest)) found = known.caller;
    return found;
  }
}

function parseEntry(entry: string, index: number): Known {
  // Split at the last `=`: a token may end in base64 padding; the name of an owner cannot contain `=`.
  const split = entry.lastIndexOf('=');
  const token = entry.slice(0, split);
  if (split < 1 || token.length < TOKEN_LENGTH_MIN)
    throw new Error(`entry ${index + 1} has no token, or too short a one`);
  const caller = parseCaller(entry.slice(split + 1));
  if (!caller) throw new Error(`entry ${index + 1} does not end in =owner or =owner:role`);
  return { digest: sha256(token), caller };
}

function parseCaller(text: string): Caller | undefined {
  const split = text.lastIndexOf(':');
  const role = split < 0 ? 'owner' : text.slice(split + 1);
  const owner = split < 0 ? text : text.slice(0, split);
  return ACCOUNT_ID.test(owner) && isRole(role) ? { role, owner } : undefined;
}

/** Guards against a typo, not against a weak token. */
const TOKEN_LENGTH_MIN = 8;

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
