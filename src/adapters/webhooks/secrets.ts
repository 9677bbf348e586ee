import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { StoredSecret } from '../../engine/webhooks/store';

const NONCE_BYTES = 32;
const KEY_BYTES_MIN = 32;
/**
 * The key of secrets that were made without a key. With a service key, a reader of the nonce alone cannot make the
 * secret. Without one, the nonce is all it takes.
 */
const NO_KEY = { id: '', bytes: Buffer.alloc(0) };

/** The bytes of a base64 key; undefined if the text is no base64, or too short. */
export function keyOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  // Node skips characters that are not base64. Only a text that encodes back to itself was all base64.
  return bytes.toString('base64') === text && bytes.length >= KEY_BYTES_MIN ? bytes : undefined;
}

/**
 * Derives webhook secrets from a key that only the service's processes know and a nonce in the database: the database
 * alone signs nothing. The first key makes new secrets; the other keys serve secrets that were made with them.
 */
export class WebhookSecrets {
  private readonly keys: readonly { readonly id: string; readonly bytes: Buffer }[];

  /** `keys` as {@link keyOf} reads them. */
  constructor(keys: readonly string[]) {
    this.keys = [...keys.flatMap((text) => keyOf(text) ?? []).map((bytes) => ({ id: idOf(bytes), bytes })), NO_KEY];
  }

  make(): StoredSecret & { readonly secret: string } {
    const [{ id } = NO_KEY] = this.keys;
    const stored = { nonce: randomBytes(NONCE_BYTES), keyId: id };
    const secret = this.secretOf(stored);
    if (secret === undefined) throw new Error('a secret was made with no key');
    return { ...stored, secret };
  }

  /** Whether this process can derive secrets that were made with this key. */
  knows(keyId: string): boolean {
    return this.keys.some(({ id }) => id === keyId);
  }

  /** `whsec_` and base64 of 32 bytes; undefined if its key is not known here. */
  secretOf({ nonce, keyId }: StoredSecret): string | undefined {
    const key = this.keys.find(({ id }) => id === keyId);
    return key && `whsec_${createHmac('sha256', key.bytes).update(nonce).digest('base64')}`;
  }
}

/** Identifies a key without revealing it. */
function idOf(key: Buffer): string {
  return createHash('sha256').update('webhook key').update(key).digest('hex').slice(0, 16);
}
