/** The largest amount and the largest balance, in minor units. Every value up to it is exact as a JSON number. */
export const AMOUNT_MAX = BigInt(Number.MAX_SAFE_INTEGER);

/** The reason why a text or number is not an amount. */
export type AmountError = 'not-an-integer' | 'too-small' | 'too-large';

const INTEGER = /^-?\d{1,40}$/;

/**
 * Parses an amount in minor units: an integer from 1 to {@link AMOUNT_MAX}. Accepts what a path or a JSON body carries.
 * A number that is not a safe integer has already lost its value; it is refused, never rounded.
 */
export function parseAmount(input: unknown): bigint | AmountError {
  if (typeof input === 'number') {
    if (!Number.isInteger(input)) return 'not-an-integer';
    return inRange(BigInt(input));
  }
  if (typeof input === 'string' && INTEGER.test(input)) return inRange(BigInt(input));
  return 'not-an-integer';
}

function inRange(amount: bigint): bigint | AmountError {
  if (amount < 1n) return 'too-small';
  if (amount > AMOUNT_MAX) return 'too-large';
  return amount;
}
