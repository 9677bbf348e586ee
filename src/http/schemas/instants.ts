import { z } from 'zod';
import { instantSchema } from './fields';

/** A bound of the service. PostgreSQL keeps microseconds; clients that count nanoseconds send nine digits. */
const FRACTION_DIGITS_MAX = 9;
const FRACTION = /\.(\d+)/;
/** Outside the years 0 to 9999 the year has a sign and six digits. PostgreSQL has no year 0. */
const YEAR = /^(?!0000)\d{4}-/;

/** An instant of a request, in UTC with the fraction as it was sent. Refuses years that PostgreSQL does not take, and long fractions. */
export const askedInstantSchema = instantSchema.transform((text, context) => {
  const [fraction = '', digits = ''] = FRACTION.exec(text) ?? [];
  const utc = new Date(text.replace(FRACTION, '')).toISOString();
  const refuse = (message: string) => {
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  };
  if (digits.length > FRACTION_DIGITS_MAX)
    return refuse(`must have ${FRACTION_DIGITS_MAX} digits at most after the point`);
  if (!YEAR.test(utc)) return refuse('must lie in the years 1 to 9999 of UTC');
  return utc.replace('.000Z', `${fraction}Z`);
});
