/** Account ids are what fits in a path unescaped and sorts the same everywhere: 1–64 ASCII characters. */
export const ACCOUNT_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

/** A transaction id: a UUID, version 7 when we made it, in lower case. */
export const TRANSACTION_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export type AccountId = string;
export type TransactionId = string;

/** Names one participant of a transaction to the coordinator, which reads nothing into it. */
export type BranchId = string;
