import type { z } from 'zod';
import type { Posting } from '../domain/transfer';
import type { transferBody } from './schemas/transfers';
import type { TransferRequest } from './startTransfer';

type TransferBody = z.output<typeof transferBody>;

/** The postings of a request in either form; its schema has checked that it has exactly one form. */
export function postingsOf({ origin, destination, amount, postings }: Partial<TransferBody>): readonly Posting[] {
  if (postings) return postings;
  if (origin === undefined || destination === undefined || amount === undefined) return [];
  return [{ origin, destination, amount }];
}

export function requestOf(body: TransferBody): TransferRequest {
  const { participants, currency, capture, refunds, expiresInMs, timeoutMs, metadata } = body;
  const query = {
    postings: postingsOf(body),
    ...(participants && { participants }),
    ...(currency !== undefined && { currency }),
    ...(capture && { capture }),
    ...(refunds !== undefined && { refunds }),
  };
  return { query, expiresInMs, timeoutMs, metadata };
}
