import { z } from 'zod';
import type { TransferQuery, TransferRefusal } from '../../../domain/transfer';
import type { TransactionCodec } from './transactionRows';

/** Amounts in stored JSON are integers below 2^53, exact as JSON numbers. */
const storedAmount = z.number().int().transform(BigInt);

const storedPosting = z.object({ origin: z.string(), destination: z.string(), amount: storedAmount });

const storedParticipation = z
  .object({ participant: z.string(), branch: z.string(), payload: z.unknown().optional() })
  .transform(({ participant, branch, payload }) => ({
    participant,
    branch,
    ...(payload !== undefined && { payload }),
  }));

const storedQuery = z
  .object({
    postings: z.array(storedPosting),
    participants: z.array(storedParticipation).optional(),
    currency: z.string().optional(),
    capture: z.literal('manual').optional(),
    captured: z.array(storedAmount).optional(),
    refunds: z.string().optional(),
  })
  .transform(
    ({ postings, participants, currency, capture, captured, refunds }): TransferQuery => ({
      postings,
      ...(participants && { participants }),
      ...(currency !== undefined && { currency }),
      ...(capture && { capture }),
      ...(captured && { captured }),
      ...(refunds !== undefined && { refunds }),
    }),
  );

const storedRefusal = z.discriminatedUnion('kind', [
  z.object({
    kind: z.enum([
      'account-not-found',
      'account-closed',
      'account-frozen',
      'currency-mismatch',
      'balance-limit-exceeded',
    ]),
    account: z.string(),
  }),
  z.object({ kind: z.literal('insufficient-funds'), account: z.string(), missing: storedAmount }),
  z.object({ kind: z.literal('branch-aborted'), account: z.string() }),
  z.object({
    kind: z.literal('participant-refused'),
    participant: z.string(),
    branch: z.string(),
    code: z.string(),
    detail: z.string(),
  }),
]);

export const transferCodec: TransactionCodec<TransferQuery, TransferRefusal> = {
  encodeQuery: ({ postings, captured, ...rest }) => ({
    ...rest,
    postings: postings.map(({ origin, destination, amount }) => ({ origin, destination, amount: Number(amount) })),
    ...(captured && { captured: captured.map(Number) }),
  }),
  decodeQuery: (json) => storedQuery.parse(json),
  encodeReason: (refusal) =>
    refusal.kind === 'insufficient-funds' ? { ...refusal, missing: Number(refusal.missing) } : refusal,
  decodeReason: (json) => storedRefusal.parse(json),
};
