import { z } from 'zod';

/** The default number of items of a page. */
export const LIMIT_DEFAULT = 20;
const LIMIT_MAX = 200;

const LIMIT_WORDS = `must be an integer from 1 to ${LIMIT_MAX}`;

const limit = z
  .string()
  .regex(/^\d{1,15}$/, LIMIT_WORDS)
  .transform(Number)
  .pipe(z.number().min(1, LIMIT_WORDS).max(LIMIT_MAX, LIMIT_WORDS));

const LIMIT = {
  description: `Items of one page, 1 to ${LIMIT_MAX}, ${LIMIT_DEFAULT} unless said.`,
  type: 'integer',
  minimum: 1,
  maximum: LIMIT_MAX,
} as const;

export const limitSchema = limit.default(LIMIT_DEFAULT).meta(LIMIT);

/** The same for a route that has to know whether a limit was given. It applies LIMIT_DEFAULT itself. */
export const givenLimitSchema = limit.optional().meta({ ...LIMIT, default: LIMIT_DEFAULT });

/** Reads the cursors of {@link cursorOf}. They are opaque to clients, so their content may change. */
export function cursorSchema<Position>(position: z.ZodType<Position>) {
  return z
    .string()
    .max(200)
    .transform((cursor, context) => {
      const read = position.safeParse(decode(cursor));
      if (read.success) return read.data;
      context.addIssue({ code: 'custom', message: 'must be the nextCursor of an earlier page' });
      return z.NEVER;
    })
    .optional()
    .meta({ description: 'The nextCursor of the page before.' });
}

export const nextCursorSchema = z
  .string()
  .nullable()
  .meta({ description: 'Where the next page begins; null at the end.' });

export function cursorOf(position: string | number | undefined): string | null {
  return position === undefined ? null : Buffer.from(JSON.stringify(position)).toString('base64url');
}

function decode(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
  } catch {
    // Not one of our cursors; the schema of the position then rejects it.
    return undefined;
  }
}
