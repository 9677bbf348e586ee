import type { Answer } from '../../src/client/answer';
import type { MoveOptions, TandemClient } from '../../src/client/tandemClient';
import type { Account, Transfer } from '../../src/client/types';
import type { Operation, Transfer as TransferOperation } from './operation';
import { type Meaning, meaningOfEnding, meaningOfGet, meaningOfPost } from './outcome';
import { type NoReply, replyOf } from './reply';

/** A request whose answer says how an operation ends. */
export interface Question {
  /** A look-up moves no money. An ending is the second step of an authorized transfer. */
  readonly kind: 'operation' | 'ending' | 'look-up';
  readonly ask: (service: TandemClient) => Promise<Told>;
}

export type Told = NoReply | { readonly kind: 'told'; readonly meaning: Meaning; readonly replayed: boolean };

/** The operation itself, under its key. */
export function carryOut(operation: Operation): Question {
  return { kind: 'operation', ask: (service) => told(request(service, operation), meaningOfPost) };
}

export function lookUp(transferId: string): Question {
  return { kind: 'look-up', ask: (service) => told(service.getTransfer(transferId), meaningOfGet) };
}

/** Captures `amounts` of each posting, or everything that is authorized if undefined. */
export function capture(transferId: string, operation: TransferOperation, amounts?: readonly number[]): Question {
  return {
    kind: 'ending',
    ask: (service) => told(service.captureTransfer(transferId, captureOf(operation, amounts)), meaningOfEnding),
  };
}

export function giveBack(transferId: string): Question {
  return { kind: 'ending', ask: (service) => told(service.voidTransfer(transferId, 'not needed'), meaningOfEnding) };
}

/** A full capture need not name the amount. */
export function captureOf(
  { postings }: TransferOperation,
  amounts: readonly number[] | undefined,
): { amount?: number; postings?: { index: number; amount: number }[] } {
  if (!amounts) return {};
  const [only = 0] = amounts;
  if (postings.length === 1) return { amount: only };
  const named = amounts.flatMap((amount, index) => (amount === postings[index]?.amount ? [] : [{ index, amount }]));
  return named.length > 0 ? { postings: named } : {};
}

async function told<T>(asked: Promise<Answer<T>>, meaningOf: (answer: Answer<T>) => Meaning): Promise<Told> {
  const reply = await replyOf(asked);
  switch (reply.kind) {
    case 'answer':
      return { kind: 'told', meaning: meaningOf(reply.answer), replayed: reply.answer.replayed };
    case 'malformed':
      return { kind: 'told', meaning: { kind: 'unexpected', detail: reply.detail }, replayed: false };
    case 'not-sent':
    case 'unknown':
      return reply;
  }
}

export function request(client: TandemClient, operation: Operation): Promise<Answer<Account | Transfer>> {
  const options = { idempotencyKey: operation.key };
  switch (operation.kind) {
    case 'deposit':
      return client.deposit(operation.account, operation.amount, options);
    case 'withdraw':
      return client.withdraw(operation.account, operation.amount, options);
    case 'transfer':
      return requestTransfer(client, operation, options);
  }
}

function requestTransfer(
  client: TandemClient,
  { postings, style, timeoutMs, twoSteps }: TransferOperation,
  options: MoveOptions,
): Promise<Answer<Transfer>> {
  const [first] = postings;
  if (style === 'path') return client.transferByPath(first, options);
  const transfer = {
    ...(postings.length === 1 ? first : { postings: [...postings] }),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(twoSteps && { capture: 'manual' as const, expiresInMs: twoSteps.expiresInMs }),
  };
  return client.transfer(transfer, { ...options, respondAsync: style === 'async' });
}
