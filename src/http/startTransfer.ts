import { uuidv7 } from 'uuidv7';
import type { TransferQuery } from '../domain/transfer';
import { UnavailableError } from '../engine/faults';
import { answer, type Outcome, refused } from './answer';
import type { HttpDeps } from './deps';
import { clientKeyOf, requestKey } from './idempotency';
import { prefersAsync } from './prefer';
import type { Input } from './route';
import { outcomeOfFinal, outcomeOfPending } from './transferOutcome';
import { viewNewTransfer } from './transferView';

export interface TransferRequest {
  readonly query: TransferQuery;
  readonly timeoutMs?: number | undefined;
  readonly metadata?: Record<string, unknown> | undefined;
}

/** Starts a transfer, or finds the one that the same request has started before, and answers with how it ended. */
export async function startTransfer(
  { query, timeoutMs, metadata }: TransferRequest,
  { headers, context }: Pick<Input<unknown, unknown, unknown>, 'headers' | 'context'>,
  deps: HttpDeps,
): Promise<Outcome> {
  const { origin, destination, amount } = query;
  if (origin === destination) return refused({ kind: 'same-account', account: origin });
  const client = clientKeyOf(headers);
  if (client.kind === 'refused') return client;
  const key =
    client.kind === 'key' &&
    requestKey(context.caller, client.key, ['transfer', origin, destination, amount, timeoutMs ?? 0, metadata ?? {}]);
  const id = uuidv7();
  // Without a key this id is all that the client can find the transfer by, should the answer of the store get lost.
  if (!key) context.transferId = id;
  const creation = await deps.coordinator.create(id, query, [origin, destination], {
    timeoutMs: timeoutMs ?? deps.transferTimeoutMs,
    ...(metadata && { metadata }),
    ...(key && { key }),
  });
  if (creation.kind === 'key-reused') return refused({ kind: 'idempotency-key-reused' });
  const { transaction } = creation;
  const replayed = creation.kind === 'replayed';
  context.transferId = transaction.id;
  try {
    if (prefersAsync(headers)) {
      if (replayed) return await outcomeOfPending(transaction, replayed, deps.accountStore);
      return answer(202, viewNewTransfer(transaction.record), { Location: `/transfers/${transaction.id}` });
    }
    const record = await transaction.pollForFinalStatus({ timeoutMs: deps.httpWaitMs });
    if (!record) return await outcomeOfPending(transaction, replayed, deps.accountStore);
    return await outcomeOfFinal(record, replayed, deps.accountStore);
  } catch (error) {
    // Whatever could not be read now, the transfer exists, and "not started" would be a lie.
    if (error instanceof UnavailableError) return refused({ kind: 'unavailable', outcome: 'unknown' });
    throw error;
  }
}
