export { type Answer, MalformedAnswer } from './answer';
export { DEFAULT_RETRY, type RetryOptions } from './retry';
export {
  type ClientOptions,
  type EntriesFilter,
  type MoveOptions,
  type OnePosting,
  type PageOptions,
  TandemClient,
  type TransferFilter,
  type TransferOptions,
} from './tandemClient';
export type { Transport, TransportRequest, TransportResponse } from './transport';
export type * from './types';
