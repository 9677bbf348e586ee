import type { Answer } from '../../src/client/answer';
import type { MoveOptions, TandemClient } from '../../src/client/tandemClient';
import type { Account, Transfer } from '../../src/client/types';
import type { Operation, Transfer as TransferOperation } from './operation';
import { type Meaning, meaningOfGet, meaningOfPost } from './outcome';
import { type NoReply, replyOf } from './reply';

/** A request whose answer says how an operation ends. */
export interface Question {
  /** A look-up moves no money. */
  readonly kind: 'operation' | 'look-up';
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
  { origin, destination, amount, style, timeoutMs }: TransferOperation,
  options: MoveOptions,
): Promise<Answer<Transfer>> {
  if (style === 'path') return client.transferByPath({ origin, destination, amount }, options);
  const transfer = { origin, destination, amount, ...(timeoutMs !== undefined && { timeoutMs }) };
  return client.transfer(transfer, { ...options, respondAsync: style === 'async' });
}
