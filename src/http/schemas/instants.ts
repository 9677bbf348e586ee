import { z } from 'zod';
import { instantSchema } from './fields';

/** PostgreSQL takes no offset beyond it. */
const OFFSET_HOURS_MAX = 15;
/** PostgreSQL rounds to microseconds; clients that count nanoseconds send nine. */
const FRACTION_DIGITS_MAX = 9;

const FRACTION = /\.(\d+)/;
const OFFSET_HOURS = /[+-](\d\d):\d\d$/;

function problemOf(text: string, utc: string): string | undefined {
  if (Number(OFFSET_HOURS.exec(text)?.[1] ?? 0) > OFFSET_HOURS_MAX) return 'must have an offset from -15:59 to +15:59';
  if ((FRACTION.exec(text)?.[1] ?? '').length > FRACTION_DIGITS_MAX)
    return `must have ${FRACTION_DIGITS_MAX} digits at most after the point`;
  // Outside these years the text has more than four digits, or is of the year 0, which PostgreSQL does not have.
  return /^(?!0000)\d{4}-/.test(utc) ? undefined : 'must lie in the years 1 to 9999 of UTC';
}

/** An instant of a request, in UTC with the fraction as it was sent. Refuses what PostgreSQL does not take. */
export const askedInstantSchema = instantSchema.transform((text, context) => {
  const utc = new Date(text.replace(FRACTION, '')).toISOString();
  const message = problemOf(text, utc);
  if (message === undefined) return utc.replace('.000Z', `${FRACTION.exec(text)?.[0] ?? ''}Z`);
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});
