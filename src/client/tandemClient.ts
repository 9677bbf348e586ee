import type { z } from 'zod';
import type { accountSchema, entriesSchema } from '../http/schemas/accounts';
import type { transferBody, transferSchema, transfersSchema } from '../http/schemas/transfers';
import type {
  ledgerEntriesSchema,
  ledgerSchema,
  walletBalanceSchema,
  walletMovedSchema,
} from '../http/schemas/wallets';
import { type Answer, readAnswer } from './answer';
import { type Transport, type TransportResponse, viaFetch } from './transport';

export type Account = z.infer<typeof accountSchema>;
export type Entries = z.infer<typeof entriesSchema>;
export type Transfer = z.infer<typeof transferSchema>;
export type Transfers = z.infer<typeof transfersSchema>;
export type NewTransfer = z.input<typeof transferBody>;

/** What may go with a request that moves money. */
export interface MoveOptions {
  /** Repeating the request under the same key carries it out once. */
  readonly idempotencyKey?: string;
}

export interface TransferOptions extends MoveOptions {
  /** Answer 202 at once, with the transfer as it is then. */
  readonly respondAsync?: boolean;
}

export interface PageOptions {
  readonly limit?: number;
  readonly cursor?: string;
}

/**
 * Calls the service; its types are those of the schemas that the service validates requests and describes answers with.
 * Sends each request once. Rejects with `MalformedAnswer`, or with what the transport says when no answer came.
 */
export class TandemClient {
  constructor(
    private readonly url: string,
    private readonly token?: string,
    private readonly transport: Transport = viaFetch,
  ) {}

  /** Whether the service wants to be sent requests. */
  async isReady(): Promise<boolean> {
    const { status } = await this.send('GET', '/health/ready');
    return status === 200;
  }

  openAccount(id: string): Promise<Answer<Account>> {
    return this.call('POST', `/account/${id}`);
  }

  balance(id: string): Promise<Answer<Account>> {
    return this.call('GET', `/account/${id}/balance`);
  }

  deposit(id: string, amount: number, options: MoveOptions = {}): Promise<Answer<Account>> {
    return this.call('POST', `/account/${id}/deposit/${amount}`, options);
  }

  withdraw(id: string, amount: number, options: MoveOptions = {}): Promise<Answer<Account>> {
    return this.call('POST', `/account/${id}/withdraw/${amount}`, options);
  }

  entries(id: string, page: PageOptions = {}): Promise<Answer<Entries>> {
    return this.call('GET', `/account/${id}/entries${queryOf(page)}`);
  }

  transfer(transfer: NewTransfer, options: TransferOptions = {}): Promise<Answer<Transfer>> {
    return this.call('POST', '/transfers', options, transfer);
  }

  /** The other way to ask for a transfer: all of it in the path, with the service's deadline and without metadata. */
  transferByPath(
    { origin, destination, amount }: Pick<NewTransfer, 'origin' | 'destination' | 'amount'>,
    options: TransferOptions = {},
  ): Promise<Answer<Transfer>> {
    return this.call('POST', `/account/${origin}/transfer/to/${destination}/${amount}`, options);
  }

  getTransfer(id: string): Promise<Answer<Transfer>> {
    return this.call('GET', `/transfers/${id}`);
  }

  abortTransfer(id: string, reason?: string): Promise<Answer<Transfer>> {
    return this.call('POST', `/transfers/${id}/abort`, {}, reason === undefined ? {} : { reason });
  }

  transfers(filter: PageOptions & { status?: Transfer['status']; account?: string } = {}): Promise<Answer<Transfers>> {
    return this.call('GET', `/transfers${queryOf(filter)}`);
  }

  walletBalance(): Promise<Answer<z.infer<typeof walletBalanceSchema>>> {
    return this.call('GET', '/wallet/balance');
  }

  walletDeposit(amountCents: number, options: MoveOptions = {}): Promise<Answer<z.infer<typeof walletMovedSchema>>> {
    return this.call('POST', '/wallet/deposit', options, { amountCents });
  }

  ledger(): Promise<Answer<z.infer<typeof ledgerSchema>>> {
    return this.call('GET', '/wallet/ledger');
  }

  ledgerEntries(limit?: number): Promise<Answer<z.infer<typeof ledgerEntriesSchema>>> {
    return this.call('GET', `/wallet/ledger/entries${queryOf({ limit })}`);
  }

  private async call<T>(
    method: 'GET' | 'POST',
    path: string,
    options: TransferOptions = {},
    body?: unknown,
  ): Promise<Answer<T>> {
    return readAnswer(await this.send(method, path, options, body));
  }

  private send(
    method: 'GET' | 'POST',
    path: string,
    { idempotencyKey, respondAsync }: TransferOptions = {},
    body?: unknown,
  ): Promise<TransportResponse> {
    return this.transport({
      method,
      url: this.url + path,
      headers: {
        ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        ...(respondAsync && { prefer: 'respond-async' }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }
}

function queryOf(parameters: object): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? '' : `?${query.toString()}`;
}
