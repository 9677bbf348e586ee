/** The groups of routes, in the order of the documentation. */
export const TAGS = {
  accounts: 'Accounts, the money on them, and their journals.',
  transfers: 'Money from one account to another: both sides of it, or none.',
  participant: 'Accounts in transactions that other services coordinate.',
  wallet: 'The account of the token’s owner.',
  events: 'Every change of transfers and accounts, for programs that follow them.',
  webhooks: 'Addresses that are told of events.',
  operations: 'What those need who run the service.',
  documentation: 'What the service tells of itself.',
} as const;

export type Tag = keyof typeof TAGS;
