/** Marks the digits of a bigint until the JSON is written. It is from the private use area, which no id contains. */
const MARK = '\u{e000}';
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, 'gu');

/**
 * JSON in which each bigint is an integer with all its digits; JSON allows that, `JSON.stringify` does not. Only for
 * bodies without free text: a string of the mark and digits would become a number.
 */
export function exactJson(body: unknown): string {
  const text = JSON.stringify(body, (_key, value: unknown) => (typeof value === 'bigint' ? `${MARK}${value}` : value));
  return text.replaceAll(MARKED, '$1');
}
