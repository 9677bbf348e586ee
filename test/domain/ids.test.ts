import { ACCOUNT_ID, TRANSACTION_ID } from '../../src/domain/ids';

describe('account ids', () => {
  test.each(['a', '0', 'alice', 'A.b_c:d-9', 'x'.repeat(64)])('%p is one', (id) => {
    expect(ACCOUNT_ID.test(id)).toBe(true);
  });

  test.each(['', '-a', '.a', 'x'.repeat(65), 'a b', 'a/b', 'a%b', 'ä', 'a\n', "a'"])('%p is none', (id) => {
    expect(ACCOUNT_ID.test(id)).toBe(false);
  });
});

describe('transaction ids', () => {
  test.each(['0192f0c1-2b3c-7def-8123-456789abcdef'])('%p is one', (id) => {
    expect(TRANSACTION_ID.test(id)).toBe(true);
  });

  test.each(['', 'x', '0192F0C1-2B3C-7DEF-8123-456789ABCDEF', '0192f0c12b3c7def8123456789abcdef'])(
    '%p is none',
    (id) => {
      expect(TRANSACTION_ID.test(id)).toBe(false);
    },
  );
});
