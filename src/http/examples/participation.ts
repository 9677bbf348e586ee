export const PREPARE = {
  version: 1,
  call: 'prepare',
  transaction: '019aa8c4-7c00-7000-8000-0123456789ab',
  branch: 'order-17',
  payload: { account: 'alice', direction: 'debit', amount: 30 },
  attempt: 1,
  deadlineInMs: 9_000,
};

export const FOREIGN_BRANCH = {
  coordinator: 'north',
  transaction: PREPARE.transaction,
  branch: PREPARE.branch,
  account: 'alice',
  direction: 'debit' as const,
  amount: 30,
  since: '2026-05-01T12:00:01.000Z',
  ageSeconds: 86_400,
};
