export const PREPARE = {
  version: 1,
  call: 'prepare',
  transaction: '019aa8c4-7c00-7000-8000-0123456789ab',
  branch: 'order-17',
  payload: { account: 'alice', direction: 'debit', amount: 30 },
  attempt: 1,
  deadlineInMs: 9_000,
};
