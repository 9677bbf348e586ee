import { Signer } from '../../src/adapters/calls/signature';
import { pathOf, writeBody } from '../../src/adapters/participants/protocol';
import type { ParticipantCall } from '../../src/engine/participants';
import type { Client, Reply } from '../http/client';
import { transactionId } from './transactionId';

export interface Asked {
  readonly account: string;
  readonly direction: 'debit' | 'credit';
  readonly amount: number;
  readonly currency?: string;
}

/** One branch, called as its coordinator does. */
export class ForeignCall {
  readonly transaction: string;
  readonly branch: string;
  private readonly signer: Signer;

  constructor(
    secret: string,
    private readonly payload: unknown,
    { transaction = transactionId(), branch = 'part-1' }: { transaction?: string; branch?: string } = {},
  ) {
    this.signer = new Signer([secret]);
    this.transaction = transaction;
    this.branch = branch;
  }

  prepare(client: Client, payload = this.payload): Promise<Reply> {
    return this.send(client, 'prepare', payload);
  }

  commit(client: Client): Promise<Reply> {
    return this.send(client, 'commit');
  }

  abort(client: Client): Promise<Reply> {
    return this.send(client, 'abort');
  }

  private send(client: Client, call: ParticipantCall, payload?: unknown): Promise<Reply> {
    const { transaction, branch } = this;
    const body = writeBody({ call, transaction, branch, payload, attempt: 1, deadlineInMs: 1_000 });
    const headers = { ...this.signer.sign(body, Date.now()) };
    return client.call('PUT', `/participant${pathOf({ transaction, branch, call })}`, { headers, body });
  }
}
