import { z } from 'zod';

const PREFIX = 'whsec_';
/** Standard Webhooks requires 24 to 64 bytes. */
const BYTES = { min: 24, max: 64 };

/** A signing secret: `whsec_` and base64, as Standard Webhooks defines it. */
export const SecretSchema = z
  .string({ error: ({ input }) => (input === undefined ? 'is missing' : undefined) })
  .refine(isSecret, `must be ${PREFIX} and base64 of ${BYTES.min} to ${BYTES.max} bytes`);

export function isSecret(text: string): boolean {
  if (!text.startsWith(PREFIX)) return false;
  const encoded = text.slice(PREFIX.length);
  const bytes = Buffer.from(encoded, 'base64');
  // Node skips characters that are not base64. Only a text that encodes back to itself was all base64.
  return bytes.toString('base64') === encoded && bytes.length >= BYTES.min && bytes.length <= BYTES.max;
}
