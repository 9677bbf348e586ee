import { z } from 'zod';

/** The most bytes of a transfer's metadata as JSON. */
export const METADATA_BYTES_MAX = 4096;
/** The deepest nesting of objects and arrays in metadata. */
export const METADATA_DEPTH_MAX = 8;

/**
 * PostgreSQL cannot store U+0000 or half a surrogate pair, although both are legal in JSON. The service must refuse a
 * request with one before it reaches PostgreSQL.
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
 * Describes the part of a JSON value that cannot be stored, if any: it must be returned exactly as sent. Looks no
 * deeper than `depthLeft`, so a body of brackets cannot exhaust the stack.
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
