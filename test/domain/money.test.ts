import * as fc from 'fast-check';
import { AMOUNT_MAX, parseAmount } from '../../src/domain/money';

describe('parseAmount', () => {
  test.each([
    [1, 1n],
    ['1', 1n],
    ['007', 7n],
    [Number.MAX_SAFE_INTEGER, AMOUNT_MAX],
    ['9007199254740991', AMOUNT_MAX],
  ])('reads %p', (input, amount) => {
    expect(parseAmount(input)).toBe(amount);
  });

  test.each([
    [0, 'too-small'],
    [-1, 'too-small'],
    ['0', 'too-small'],
    ['-1', 'too-small'],
    ['-0', 'too-small'],
    [2 ** 53, 'too-large'],
    ['9007199254740992', 'too-large'],
    ['9'.repeat(40), 'too-large'],
    ['9'.repeat(41), 'not-an-integer'],
    [1.5, 'not-an-integer'],
    ['1.5', 'not-an-integer'],
    ['1e3', 'not-an-integer'],
    ['0x10', 'not-an-integer'],
    ['+1', 'not-an-integer'],
    [' 1', 'not-an-integer'],
    ['1\n', 'not-an-integer'],
    ['١', 'not-an-integer'],
    ['', 'not-an-integer'],
    ['ten', 'not-an-integer'],
    [Number.NaN, 'not-an-integer'],
    [Number.POSITIVE_INFINITY, 'not-an-integer'],
    [null, 'not-an-integer'],
    [undefined, 'not-an-integer'],
    [true, 'not-an-integer'],
    [[1], 'not-an-integer'],
    [{ amount: 1 }, 'not-an-integer'],
    [1n, 'not-an-integer'],
  ])('refuses %p as %s', (input, error) => {
    expect(parseAmount(input)).toBe(error);
  });

  test('reads every amount back that it can be given, as text and as a JSON number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: AMOUNT_MAX }), (amount) => {
        expect(parseAmount(amount.toString())).toBe(amount);
        expect(parseAmount(JSON.parse(amount.toString()))).toBe(amount);
      }),
    );
  });

  test('answers an amount within the range or an error, whatever it is given', () => {
    fc.assert(
      fc.property(fc.anything(), (input) => {
        const amount = parseAmount(input);
        if (typeof amount === 'bigint') expect(amount >= 1n && amount <= AMOUNT_MAX).toBe(true);
        else expect(['not-an-integer', 'too-small', 'too-large']).toContain(amount);
      }),
    );
  });
});
