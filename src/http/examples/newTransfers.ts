/** Example requests for a transfer, one for each feature. */
export const NEW_TRANSFERS = [
  { origin: 'alice', destination: 'bob', amount: 30, metadata: { invoice: '2026-0042' } },
  {
    postings: [
      { origin: 'buyer', destination: 'seller', amount: 90 },
      { origin: 'seller', destination: 'fees', amount: 5 },
      { origin: 'buyer', destination: 'tax', amount: 10 },
    ],
    currency: 'EUR',
  },
  { origin: 'guest', destination: 'hotel', amount: 200, capture: 'manual', expiresInMs: 86_400_000 },
  { origin: 'hotel', destination: 'guest', amount: 100, refunds: '019aa8c4-7c00-7000-8000-0123456789ab' },
];

/** Everything authorized, a part of the only posting, parts of several postings. */
export const CAPTURES = [
  {},
  { amount: 20 },
  {
    postings: [
      { index: 0, amount: 20 },
      { index: 1, amount: 0 },
    ],
  },
];
