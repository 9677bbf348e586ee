import { z } from 'zod';

/** Bytes of a transfer's metadata as JSON. */
export const METADATA_BYTES_MAX = 4096;
/** How deep objects and arrays may be nested in it. */
export const METADATA_DEPTH_MAX = 8;

/**
 * U+0000 and halves of surrogate pairs are legal in a JSON text, but PostgreSQL can store neither, so that a request
 * which has one must be refused before it gets there.
 */
const NOT_STORABLE = /[\0\p{Surrogate}]/u;

export function isStorable(text: string): boolean {
  return !NOT_STORABLE.test(text);
}

export const metadataSchema = z
  .record(z.string(), z.unknown())
  .superRefine((metadata, context) => {
    const message = problemOfJson(metadata, METADATA_DEPTH_MAX);
    if (message) context.addIssue({ code: 'custom', message });
    else if (Buffer.byteLength(JSON.stringify(metadata)) > METADATA_BYTES_MAX) {
      context.addIssue({ code: 'custom', message: `must have ${METADATA_BYTES_MAX} bytes at most` });
    }
  })
  .meta({
    description: `Anything the client wants to find again on the transfer: at most ${METADATA_BYTES_MAX} bytes.`,
    example: { invoice: '2026-0042' },
  });

/**
 * What of a JSON value cannot be kept, if anything: it must come back as it was sent. Looks no deeper than `depthLeft`, so that a body of
 * brackets cannot exhaust the stack.
 */
export function problemOfJson(value: unknown, depthLeft: number): string | undefined {
  if (typeof value === 'string') return isStorable(value) ? undefined : 'must not contain U+0000 or lone surrogates';
  if (typeof value !== 'object' || value === null) return undefined;
  if (depthLeft === 0) return `must not be nested more than ${METADATA_DEPTH_MAX} levels deep`;
  for (const [key, inner] of Object.entries(value)) {
    const problem = problemOfJson(key, depthLeft) ?? problemOfJson(inner, depthLeft - 1);
    if (problem) return problem;
  }
  return undefined;
}
