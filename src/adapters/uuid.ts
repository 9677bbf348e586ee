import { randomFillSync } from 'node:crypto';
import { V7Generator } from 'uuidv7';

/** Random numbers, drawn many at once: one call of the operating system costs as much as hundreds of them. */
const drawn = new Uint32Array(1024);
let next = drawn.length;

const generator = new V7Generator({
  nextUint32: () => {
    if (next === drawn.length) {
      randomFillSync(drawn);
      next = 0;
    }
    const number = drawn[next] as number;
    next += 1;
    return number;
  },
});

const DIGITS = Buffer.from('0123456789abcdef', 'latin1');
const HYPHEN = '-'.charCodeAt(0);
const BYTES = 16;
const text = Buffer.alloc(36);

/**
 * A UUID of version 7. An account in memory keeps the ids of open transactions and of some that ended. The package puts
 * its text together from digits, and V8 keeps such a text as a tree of them, which takes 0.8 KiB. This text is one flat
 * string.
 */
export function uuidv7(): string {
  const { bytes } = generator.generate();
  let length = 0;
  for (let index = 0; index < BYTES; index += 1) {
    const byte = bytes[index] as number;
    text[length++] = DIGITS[byte >>> 4] as number;
    text[length++] = DIGITS[byte & 0xf] as number;
    if (index === 3 || index === 5 || index === 7 || index === 9) text[length++] = HYPHEN;
  }
  return text.toString('latin1', 0, length);
}
