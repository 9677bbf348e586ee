import type { z } from 'zod';
import type { accountSchema, entriesSchema } from '../http/schemas/accounts';
import type { problemSchema } from '../http/schemas/problem';
import type { transferBody, transferSchema, transfersSchema } from '../http/schemas/transfers';
import type {
  ledgerEntriesSchema,
  ledgerSchema,
  walletBalanceSchema,
  walletMovedSchema,
} from '../http/schemas/wallets';

export type Account = z.infer<typeof accountSchema>;
export type Entries = z.infer<typeof entriesSchema>;
export type Transfer = z.infer<typeof transferSchema>;
export type Transfers = z.infer<typeof transfersSchema>;
export type NewTransfer = z.input<typeof transferBody>;
export type Problem = z.infer<typeof problemSchema>;

/** An answer of the service. A refusal is a value; only a connection that broke is an exception. */
export type Answer<T> =
  | { readonly ok: true; readonly status: number; readonly replayed: boolean; readonly value: T }
  | { readonly ok: false; readonly status: number; readonly replayed: boolean; readonly problem: Problem };

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

/** Calls the service; its types are those of the schemas that the service validates requests and describes answers with. */
export class TandemClient {
  constructor(
    private readonly url: string,
    private readonly token?: string,
  ) {}

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
    { idempotencyKey, respondAsync }: TransferOptions = {},
    body?: unknown,
  ): Promise<Answer<T>> {
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        ...(respondAsync && { prefer: 'respond-async' }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const { status, headers } = response;
    const answered = { status, replayed: headers.get('idempotency-replayed') === 'true' };
    const json: unknown = await response.json();
    return response.ok
      ? { ok: true, ...answered, value: json as T }
      : { ok: false, ...answered, problem: json as Problem };
  }
}

function queryOf(parameters: object): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, String(value));
  return query.size === 0 ? '' : `?${query.toString()}`;
}
