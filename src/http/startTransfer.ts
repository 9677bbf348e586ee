import type { IncomingHttpHeaders } from 'node:http';
import { uuidv7 } from '../adapters/uuid';
import type { TransactionId } from '../domain/ids';
import { branchesOf, type Participation, type TransferQuery, type TransferRefusal } from '../domain/transfer';
import { afterWriting } from '../engine/faults';
import type { Creation } from '../engine/transactions/coordinator';
import { type Outcome, refused } from './answers/answer';
import type { Refusal, Wrong } from './answers/refusals';
import { outcomeAtRest, outcomeOfPending } from './answers/transferOutcome';
import type { HttpDeps } from './deps';
import { prepareRefund } from './refund';
import { type Caller, requestedBy } from './requests/caller';
import { clientKeyOf, requestKey } from './requests/idempotency';
import { adviceOn } from './requests/nearestName';
import { prefersAsync } from './requests/prefer';
import { EXPIRES_IN_MS } from './schemas/transfers';

export interface TransferRequest {
  readonly query: TransferQuery;
  readonly timeoutMs?: number | undefined;
  /** For a two-step transfer: milliseconds from its creation to the end of its authorization. */
  readonly expiresInMs?: number | undefined;
  readonly metadata?: Record<string, unknown> | undefined;
}

/** The parts of a request that a transfer depends on. `context` receives the transfer's id as soon as it exists. */
export interface TransferInput {
  readonly headers: IncomingHttpHeaders;
  readonly context: { readonly caller: Caller; transferId: TransactionId | undefined };
}

type Deps = Pick<HttpDeps, 'coordinator' | 'commands' | 'participants' | 'transferTimeoutMs' | 'httpWaitMs'>;

/** Starts a transfer, or finds the one that an earlier identical request started, and answers with its result. */
export async function startTransfer(
  { query, timeoutMs, expiresInMs, metadata }: TransferRequest,
  { headers, context }: TransferInput,
  deps: Deps,
): Promise<Outcome> {
  const same = query.postings.find(({ origin, destination }) => origin === destination);
  if (same) return refused({ kind: 'same-account', account: same.origin });
  const client = clientKeyOf(headers);
  if (client.kind === 'refused') return client;
  const meaning = ['transfer', query, timeoutMs ?? 0, expiresInMs ?? 0, metadata ?? {}];
  const key = client.kind === 'key' ? requestKey(context.caller, client.key, meaning) : undefined;
  const refusal = await refusalOfNew(query, context.caller, deps);
  if (refusal) {
    // An earlier request may have started the same transfer before the reason for a refusal existed.
    const repeated = key && (await deps.coordinator.repeated(key));
    return repeated ? outcomeOf(repeated, { headers, context }, deps) : refused(refusal);
  }
  const id = uuidv7();
  // Without a key, only this id lets the client find the transfer if the store's answer is lost.
  if (!key) context.transferId = id;
  const { branches, askedFirst } = branchesOf(query);
  const creation = await deps.coordinator.create(id, query, branches, {
    askedFirst,
    timeoutMs: timeoutMs ?? deps.transferTimeoutMs,
    ...(query.capture && { expiresInMs: expiresInMs ?? EXPIRES_IN_MS.default }),
    ...(metadata && { metadata }),
    ...requestedBy(context.caller),
    ...(key && { key }),
  });
  return outcomeOf(creation, { headers, context }, deps);
}

async function outcomeOf(
  creation: Creation<TransferQuery, TransferRefusal>,
  { headers, context }: TransferInput,
  deps: Deps,
): Promise<Outcome> {
  if (creation.kind === 'key-reused') return refused({ kind: 'idempotency-key-reused' });
  const { transaction } = creation;
  const replayed = creation.kind === 'replayed';
  context.transferId = transaction.id;
  if (prefersAsync(headers)) return outcomeOfPending(transaction.record, replayed);
  return afterWriting(async () => {
    const record = await transaction.pollForFinalStatus({ timeoutMs: deps.httpWaitMs });
    return record ? outcomeAtRest(record, replayed) : outcomeOfPending(await transaction.read(), replayed);
  });
}

/** Returns why this request may not start a transfer, before any account is asked. */
function refusalOfNew(
  query: TransferQuery,
  caller: Caller,
  deps: Deps,
): Promise<Refusal | undefined> | Refusal | undefined {
  const { participants, refunds } = query;
  const stranger = participants && refusalOfParticipants(participants, caller, deps.participants.names());
  return stranger ?? (refunds === undefined ? undefined : prepareRefund(query, refunds, caller, deps));
}

/** Only services and admins may name participants, and only participants that exist. */
function refusalOfParticipants(
  participants: readonly Participation[],
  { role }: Caller,
  names: readonly string[],
): Refusal | undefined {
  if (role === 'owner') return { kind: 'forbidden' };
  const errors = participants.flatMap(({ participant }, index): Wrong[] => {
    if (names.includes(participant)) return [];
    return [{ in: 'body', path: `participants.${index}.participant`, message: adviceOn(participant, names, 'body') }];
  });
  return errors.length > 0 ? { kind: 'invalid-request', errors } : undefined;
}
