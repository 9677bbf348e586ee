/** Stands before the digits of a bigint until the JSON is written; from the private use area, which no id is made of. */
const MARK = '\u{e000}';
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, 'gu');

/**
 * JSON in which each bigint is an integer with all its digits, as JSON allows and `JSON.stringify` does not. For bodies
 * without free text: a string of the mark and digits would become a number.
 */
export function exactJson(body: unknown): string {
  const text = JSON.stringify(body, (_key, value: unknown) => (typeof value === 'bigint' ? `${MARK}${value}` : value));
  return text.replaceAll(MARKED, '$1');
}
