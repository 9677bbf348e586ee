import { createHash, createHmac, randomBytes } from 'node:crypto';
import type { StoredSecret } from '../../engine/webhooks/store';

const NONCE_BYTES = 32;
const KEY_BYTES_MIN = 32;
/** A reader of a nonce who has no key of the service cannot make the secret. Without any key the nonce is all that there is to it. */
const NO_KEY = { id: '', bytes: Buffer.alloc(0) };

/** The bytes of a key that is written as base64; undefined when it is none, or too short. */
export function keyOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  // Node skips what is not base64: only what encodes to the same text again was all of it.
  return bytes.toString('base64') === text && bytes.length >= KEY_BYTES_MIN ? bytes : undefined;
}

/**
 * Secrets of webhooks, made of a key that only the processes of the service know and of a nonce in the database: what is read there alone
 * signs nothing. The first key makes new ones; the others are good for those that were made with them.
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

  /** Whether a secret that was made with this key can be made again. */
  knows(keyId: string): boolean {
    return this.keys.some(({ id }) => id === keyId);
  }

  /** `whsec_` and base64 of 32 bytes; undefined when the key that it was made with is not known here. */
  secretOf({ nonce, keyId }: StoredSecret): string | undefined {
    const key = this.keys.find(({ id }) => id === keyId);
    return key && `whsec_${createHmac('sha256', key.bytes).update(nonce).digest('base64')}`;
  }
}

/** Tells keys apart, and says nothing of them. */
function idOf(key: Buffer): string {
  return createHash('sha256').update('webhook key').update(key).digest('hex').slice(0, 16);
}
