import { z } from 'zod';
import type { TransferQuery, TransferRefusal } from '../../domain/transfer';
import type { TransactionCodec } from './transactionRows';

/** Amounts in stored JSON are integers below 2^53, exact as JSON numbers. */
const storedAmount = z.number().int().transform(BigInt);

const storedQuery = z.object({ origin: z.string(), destination: z.string(), amount: storedAmount });

const storedRefusal = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('account-not-found'), account: z.string() }),
  z.object({ kind: z.literal('insufficient-funds'), account: z.string(), missing: storedAmount }),
  z.object({ kind: z.literal('balance-limit-exceeded'), account: z.string() }),
  z.object({ kind: z.literal('branch-aborted'), account: z.string() }),
]);

export const transferCodec: TransactionCodec<TransferQuery, TransferRefusal> = {
  encodeQuery: ({ origin, destination, amount }) => ({ origin, destination, amount: Number(amount) }),
  decodeQuery: (json) => storedQuery.parse(json),
  encodeReason: (refusal) =>
    refusal.kind === 'insufficient-funds' ? { ...refusal, missing: Number(refusal.missing) } : refusal,
  decodeReason: (json) => storedRefusal.parse(json),
};
