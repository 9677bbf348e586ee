export { type Answer, EventsRefused, MalformedAnswer } from './answer';
export { DEFAULT_RETRY, type RetryOptions } from './retry';
export {
  type ClientOptions,
  type EntriesFilter,
  type EventFilter,
  type EventPageOptions,
  type MoveOptions,
  type OnePosting,
  type PageOptions,
  TandemClient,
  type TransferFilter,
  type TransferOptions,
} from './tandemClient';
export type { Transport, TransportRequest, TransportResponse } from './transport';
export type * from './types';
