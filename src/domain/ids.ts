/** An account id: 1 to 64 ASCII characters that fit into a path unescaped and sort the same everywhere. */
export const ACCOUNT_ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/;

/** A transaction id: a UUID in lower case. Version 7 when this service made it. */
export const TRANSACTION_ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export type AccountId = string;
export type TransactionId = string;

/** Names one participant of a transaction. The coordinator does not interpret it. */
export type BranchId = string;
