import type { z } from 'zod';
import type {
  accountDetailsSchema,
  accountSchema,
  accountsSchema,
  accountThenSchema,
  changeBody,
  entriesSchema,
  noteBody,
  openBody,
} from '../http/schemas/accounts';
import type { batchBody, batchSchema } from '../http/schemas/batch';
import type { holdsSchema } from '../http/schemas/holds';
import type { captureBody, transferBody, transferSchema, transfersSchema } from '../http/schemas/transfers';
import type {
  ledgerEntriesSchema,
  ledgerSchema,
  walletBalanceSchema,
  walletMovedSchema,
} from '../http/schemas/wallets';
import { Address, type Path } from './address';
import { type Answer, readAnswer } from './answer';
import { type Transport, type TransportResponse, viaFetch } from './transport';

export type Account = z.infer<typeof accountSchema>;
export type AccountThen = z.infer<typeof accountThenSchema>;
export type Entries = z.infer<typeof entriesSchema>;
export type Holds = z.infer<typeof holdsSchema>;
export type Transfer = z.infer<typeof transferSchema>;
export type Transfers = z.infer<typeof transfersSchema>;
export type NewTransfer = z.input<typeof transferBody>;

/** A transfer of one posting, as its path says it. */
export interface OnePosting extends Pick<NewTransfer, 'timeoutMs' | 'metadata'> {
  readonly origin: string;
  readonly destination: string;
  readonly amount: number;
}
export type AccountDetails = z.infer<typeof accountDetailsSchema>;
export type Accounts = z.infer<typeof accountsSchema>;
export type Batch = z.input<typeof batchBody>['transfers'];
export type BatchResults = z.infer<typeof batchSchema>;
export type Capture = z.input<typeof captureBody>;
export type Note = z.input<typeof noteBody>;

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

export interface TransferFilter extends PageOptions {
  readonly status?: Transfer['status'];
  readonly account?: string;
  readonly from?: string;
  readonly to?: string;
  /** Members of the metadata. */
  readonly [member: `metadata.${string}`]: string;
}

/**
 * Calls the service; its types are those of the schemas that the service validates requests and describes answers with.
 * Sends each request once. Rejects with `MalformedAnswer`, with `TypeError` for an id that no path can carry, or with
 * what the transport says when no answer came.
 */
export class TandemClient {
  private readonly address: Address;

  /** `url` is where the service is, below a path too, with a slash at its end or without. Throws when it is no URL. */
  constructor(
    url: string,
    private readonly token?: string,
    private readonly transport: Transport = viaFetch,
  ) {
    this.address = new Address(url);
  }

  /** Whether the service wants to be sent requests. */
  async isReady(): Promise<boolean> {
    const { status } = await this.send('GET', ['health', 'ready']);
    return status === 200;
  }

  openAccount(id: string, terms?: z.input<typeof openBody>): Promise<Answer<Account>> {
    return this.call('POST', ['account', id], { body: terms });
  }

  /** All there is to know of an account. */
  account(id: string): Promise<Answer<AccountDetails>> {
    return this.call('GET', ['account', id]);
  }

  accounts(page: PageOptions = {}): Promise<Answer<Accounts>> {
    return this.call('GET', ['accounts'], { query: page });
  }

  changeAccount(id: string, change: z.input<typeof changeBody>): Promise<Answer<AccountDetails>> {
    return this.call('PATCH', ['account', id], { body: change });
  }

  closeAccount(id: string): Promise<Answer<AccountDetails>> {
    return this.call('POST', ['account', id, 'close']);
  }

  balance(id: string): Promise<Answer<Account>>;
  /** `at`: the account after the last entry at or before that instant, ISO 8601. */
  balance(id: string, at: string): Promise<Answer<AccountThen>>;
  balance(id: string, at?: string): Promise<Answer<Account | AccountThen>> {
    return this.call('GET', ['account', id, 'balance'], { query: { at } });
  }

  deposit(
    id: string,
    amount: number,
    { note, ...options }: MoveOptions & { note?: Note } = {},
  ): Promise<Answer<Account>> {
    return this.call('POST', ['account', id, 'deposit', amount], { options, body: note });
  }

  withdraw(
    id: string,
    amount: number,
    { note, ...options }: MoveOptions & { note?: Note } = {},
  ): Promise<Answer<Account>> {
    return this.call('POST', ['account', id, 'withdraw', amount], { options, body: note });
  }

  entries(
    id: string,
    page: PageOptions & { from?: string; to?: string; kind?: string } = {},
  ): Promise<Answer<Entries>> {
    return this.call('GET', ['account', id, 'entries'], { query: page });
  }

  /** What the account has promised and what is promised to it, in transfers that are not final; newest first. */
  holds(id: string, page: PageOptions = {}): Promise<Answer<Holds>> {
    return this.call('GET', ['account', id, 'holds'], { query: page });
  }

  transfer(transfer: NewTransfer, options: TransferOptions = {}): Promise<Answer<Transfer>> {
    return this.call('POST', ['transfers'], { options, body: transfer });
  }

  /** The other way to ask for a transfer: accounts and amount in the path, and a body only for what else there is. */
  transferByPath(
    { origin, destination, amount, ...terms }: OnePosting,
    options: TransferOptions = {},
  ): Promise<Answer<Transfer>> {
    const path = ['account', origin, 'transfer', 'to', destination, amount];
    const body = Object.values(terms).some((term) => term !== undefined) ? terms : undefined;
    return this.call('POST', path, { options, body });
  }

  /** Many transfers, each under a key of its own; one result for each, in order. */
  transferBatch(transfers: Batch, options: { readonly respondAsync?: boolean } = {}): Promise<Answer<BatchResults>> {
    return this.call('POST', ['transfers', 'batch'], { options, body: { transfers } });
  }

  /** Without `what` all that was authorized. */
  captureTransfer(id: string, what: Capture = {}): Promise<Answer<Transfer>> {
    return this.call('POST', ['transfers', id, 'capture'], { body: what });
  }

  voidTransfer(id: string, reason?: string): Promise<Answer<Transfer>> {
    return this.call('POST', ['transfers', id, 'void'], { body: { reason } });
  }

  getTransfer(id: string): Promise<Answer<Transfer>> {
    return this.call('GET', ['transfers', id]);
  }

  abortTransfer(id: string, reason?: string): Promise<Answer<Transfer>> {
    return this.call('POST', ['transfers', id, 'abort'], { body: { reason } });
  }

  transfers(filter: TransferFilter = {}): Promise<Answer<Transfers>> {
    return this.call('GET', ['transfers'], { query: filter });
  }

  walletBalance(): Promise<Answer<z.infer<typeof walletBalanceSchema>>> {
    return this.call('GET', ['wallet', 'balance']);
  }

  walletDeposit(amountCents: number, options: MoveOptions = {}): Promise<Answer<z.infer<typeof walletMovedSchema>>> {
    return this.call('POST', ['wallet', 'deposit'], { options, body: { amountCents } });
  }

  ledger(): Promise<Answer<z.infer<typeof ledgerSchema>>> {
    return this.call('GET', ['wallet', 'ledger']);
  }

  ledgerEntries(limit?: number): Promise<Answer<z.infer<typeof ledgerEntriesSchema>>> {
    return this.call('GET', ['wallet', 'ledger', 'entries'], { query: { limit } });
  }

  private async call<T>(method: Method, path: Path, sent: Sent = {}): Promise<Answer<T>> {
    return readAnswer(await this.send(method, path, sent));
  }

  /** Async, so that a part that no path can carry rejects as everything else does. */
  private async send(
    method: Method,
    path: Path,
    { options: { idempotencyKey, respondAsync } = {}, query = {}, body }: Sent = {},
  ): Promise<TransportResponse> {
    return this.transport({
      method,
      url: this.address.of(path, query),
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

type Method = 'GET' | 'POST' | 'PATCH';

/** What goes with a path. */
interface Sent {
  readonly options?: TransferOptions;
  readonly query?: object;
  readonly body?: unknown;
}
