import { Address, type Path } from './address';
import { type Answer, EventsRefused, readAnswer, readText } from './answer';
import { DEFAULT_RETRY, type RetryOptions, sendRepeatedly } from './retry';
import { type Transport, type TransportRequest, type TransportResponse, viaFetch } from './transport';
import type {
  Account,
  AccountChange,
  AccountDetails,
  Accounts,
  AccountThen,
  CaptureTransfer,
  Deliveries,
  Entries,
  EntryNote,
  Event,
  Events,
  ForeignBranches,
  Holds,
  IdempotencyKeys,
  Index,
  Ledger,
  LedgerEntries,
  LedgerRecord,
  Live,
  NewAccount,
  NewTransfer,
  NewWebhook,
  OpenApi,
  Participants,
  Ready,
  Recorded,
  ReplayEvents,
  RotateSecret,
  SettleBranch,
  SettledForeignBranch,
  StuckTransfers,
  Transfer,
  TransferBatch,
  TransferBatchResults,
  Transfers,
  WalletBalance,
  WalletMoved,
  Wallets,
  Webhook,
  Webhooks,
  WebhookWithSecret,
} from './types';

/** A transfer of one posting, with its accounts and amount in the path. */
export interface OnePosting extends Pick<NewTransfer, 'timeoutMs' | 'metadata'> {
  readonly origin: string;
  readonly destination: string;
  readonly amount: number;
}

/** Options of a request that moves money. */
export interface MoveOptions {
  /**
   * Requests under the same key are carried out once. If no key is given, the client creates one for its own retries.
   * Give a key to be able to repeat the request after this process has ended.
   */
  readonly idempotencyKey?: string;
}

export interface TransferOptions extends MoveOptions {
  /** Asks for a 202 at once, with the transfer's state at that moment. The transfer may be final already. */
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

export interface EntriesFilter {
  /** Only entries with a larger `seq`. The `lastSeq` of an account says whether there are any. */
  readonly afterSeq?: number;
  /** Only entries with a smaller `seq`. */
  readonly beforeSeq?: number;
  readonly from?: string;
  readonly to?: string;
  readonly kind?: string;
}

export interface EventFilter {
  /**
   * The `nextCursor` of the last page, or the `cursor` of the last event. `latest` means now; without `after`, reading
   * begins at the oldest stored event.
   */
  readonly after?: string;
  readonly types?: readonly Event['type'][];
  readonly account?: string;
}

export interface EventPageOptions extends EventFilter {
  readonly limit?: number;
  /** Milliseconds to wait for an event if there is none. */
  readonly waitMs?: number;
}

export interface ClientOptions {
  readonly token?: string;
  /** How requests are retried; `false` sends each one once, and without a key unless one is given. */
  readonly retry?: Partial<RetryOptions> | false;
  /** Milliseconds; after this an attempt counts as unanswered. Default: 30 seconds. */
  readonly timeoutMs?: number;
  /** Sends a request; default: `fetch`. A custom transport must apply its own timeout. */
  readonly transport?: Transport;
}

const TIMEOUT_MS = 30_000;
const WAIT_MS = 20_000;

/**
 * Calls the service. Its types come from the schemas with which the service validates requests and describes answers.
 * Retries requests that the service could not take (503, 429) and, where that is safe, requests without an answer.
 * Rejects with `MalformedAnswer`, with `TypeError` for an id that no path can contain, or with the transport's error
 * when no answer came. In the last case the outcome is unknown, and repeating the call under the same `idempotencyKey`
 * is safe.
 */
export class TandemClient {
  private readonly address: Address;
  private readonly token: string | undefined;
  private readonly transport: Transport;
  private readonly retry: RetryOptions | undefined;

  /**
   * `url` is the address of the service. It may have a path, with or without a slash at its end. Throws when it is no
   * URL.
   */
  constructor(url: string, { token, retry = {}, timeoutMs = TIMEOUT_MS, transport }: ClientOptions = {}) {
    this.address = new Address(url);
    this.token = token;
    this.transport = transport ?? viaFetch(timeoutMs);
    this.retry = retry === false ? undefined : { ...DEFAULT_RETRY, ...retry };
  }

  /** Whether the service is ready for requests. Asks once. */
  async isReady(): Promise<boolean> {
    const { status } = await this.transport(this.requestOf('GET', ['health', 'ready'], {}, undefined));
    return status === 200;
  }

  /**
   * The dependencies of the process, and whether each is available. While it is not ready, the refusal's problem has
   * the same.
   */
  ready(): Promise<Answer<Ready>> {
    return this.call('GET', ['health', 'ready']);
  }

  live(): Promise<Answer<Live>> {
    return this.call('GET', ['health', 'live']);
  }

  /** The name of the service, its version and its paths. */
  index(): Promise<Answer<Index>> {
    return this.call('GET', []);
  }

  /** The OpenAPI document. */
  openApi(): Promise<Answer<OpenApi>> {
    return this.call('GET', ['openapi.json']);
  }

  openAccount(id: string, terms?: NewAccount): Promise<Answer<Account>> {
    return this.call('POST', ['account', id], { body: terms, repeats: 'never' });
  }

  /** The whole state of an account. */
  account(id: string): Promise<Answer<AccountDetails>> {
    return this.call('GET', ['account', id]);
  }

  accounts(page: PageOptions = {}): Promise<Answer<Accounts>> {
    return this.call('GET', ['accounts'], { query: page });
  }

  /** The request of an idempotency key, for each caller that chose it. For services and admins. */
  findIdempotencyKey(key: string, page: Pick<PageOptions, 'limit'> = {}): Promise<Answer<IdempotencyKeys>> {
    return this.call('GET', ['idempotency-keys'], { query: { key, ...page } });
  }

  changeAccount(id: string, change: AccountChange): Promise<Answer<AccountDetails>> {
    return this.call('PATCH', ['account', id], { body: change });
  }

  closeAccount(id: string): Promise<Answer<AccountDetails>> {
    return this.call('POST', ['account', id, 'close'], { repeats: 'never' });
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
    { note, ...options }: MoveOptions & { readonly note?: EntryNote } = {},
  ): Promise<Answer<Account>> {
    return this.call('POST', ['account', id, 'deposit', amount], { options, body: note, repeats: 'under-key' });
  }

  withdraw(
    id: string,
    amount: number,
    { note, ...options }: MoveOptions & { readonly note?: EntryNote } = {},
  ): Promise<Answer<Account>> {
    return this.call('POST', ['account', id, 'withdraw', amount], { options, body: note, repeats: 'under-key' });
  }

  entries(id: string, page: PageOptions & EntriesFilter = {}): Promise<Answer<Entries>> {
    return this.call('GET', ['account', id, 'entries'], { query: page });
  }

  /** All entries as CSV, newest first. */
  entriesCsv(id: string, filter: EntriesFilter = {}): Promise<Answer<string>> {
    return this.text(['account', id, 'entries'], { query: filter, accept: 'text/csv' });
  }

  /**
   * What the account has promised to pay and what others have promised to pay it, in transfers that are not final;
   * newest first.
   */
  holds(id: string, page: PageOptions = {}): Promise<Answer<Holds>> {
    return this.call('GET', ['account', id, 'holds'], { query: page });
  }

  transfer(transfer: NewTransfer, options: TransferOptions = {}): Promise<Answer<Transfer>> {
    return this.call('POST', ['transfers'], { options, body: transfer, repeats: 'under-key' });
  }

  /** Requests a transfer with accounts and amount in the path, and a body only for the other fields. */
  transferByPath(
    { origin, destination, amount, ...terms }: OnePosting,
    options: TransferOptions = {},
  ): Promise<Answer<Transfer>> {
    const path = ['account', origin, 'transfer', 'to', destination, amount];
    const body = Object.values(terms).some((term) => term !== undefined) ? terms : undefined;
    return this.call('POST', path, { options, body, repeats: 'under-key' });
  }

  /** Requests many transfers, each under its own key. Resolves to one result for each, in order. */
  transferBatch(
    transfers: TransferBatch['transfers'],
    options: Pick<TransferOptions, 'respondAsync'> = {},
  ): Promise<Answer<TransferBatchResults>> {
    return this.call('POST', ['transfers', 'batch'], { options, body: { transfers } });
  }

  /** Captures the whole authorization if `what` is empty. Needs no key: a repetition changes nothing. */
  captureTransfer(id: string, what: CaptureTransfer = {}): Promise<Answer<Transfer>> {
    return this.call('POST', ['transfers', id, 'capture'], { body: what });
  }

  /** Needs no key: a repetition changes nothing. */
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

  /** One page of events, oldest first. The next page begins at its `nextCursor`, even if this page is empty. */
  events({ types, ...page }: EventPageOptions = {}): Promise<Answer<Events>> {
    return this.call('GET', ['events'], { query: { ...page, types: types?.join(',') } });
  }

  /**
   * Yields every stored event after a cursor, then each new event, until the caller leaves the loop. Keep the `cursor`
   * of the last event that you have processed, and continue from it after a break: an event may come twice, none is
   * left out. Throws `EventsRefused`, for example when the events after the cursor are no longer stored.
   */
  async *followEvents({ after, ...filter }: EventFilter = {}): AsyncGenerator<Event, never> {
    for (let at = after; ; ) {
      const page = await this.events({
        ...filter,
        ...(at !== undefined && { after: at }),
        limit: 200,
        waitMs: WAIT_MS,
      });
      if (!page.ok) throw new EventsRefused(page.problem);
      yield* page.value.items;
      at = page.value.nextCursor;
    }
  }

  /** Sends events to an address. Only this answer contains `secret`. For admins, like all webhook calls. */
  createWebhook(webhook: NewWebhook): Promise<Answer<WebhookWithSecret>> {
    return this.call('POST', ['webhooks'], { body: webhook, repeats: 'never' });
  }

  webhooks(): Promise<Answer<Webhooks>> {
    return this.call('GET', ['webhooks']);
  }

  webhook(id: string): Promise<Answer<Webhook>> {
    return this.call('GET', ['webhooks', id]);
  }

  deleteWebhook(id: string): Promise<Answer<undefined>> {
    return this.call('DELETE', ['webhooks', id], { repeats: 'never' });
  }

  /** Creates a new secret. The earlier ones also sign for a day, or for the given time. */
  rotateWebhookSecret(id: string, how: RotateSecret = {}): Promise<Answer<WebhookWithSecret>> {
    return this.call('POST', ['webhooks', id, 'rotate'], { body: how, repeats: 'never' });
  }

  enableWebhook(id: string): Promise<Answer<Webhook>> {
    return this.call('POST', ['webhooks', id, 'enable']);
  }

  /** Past and pending deliveries, by event, the newest first. */
  deliveries(
    id: string,
    page: PageOptions & { readonly status?: 'pending' | 'delivered' } = {},
  ): Promise<Answer<Deliveries>> {
    return this.call('GET', ['webhooks', id, 'deliveries'], { query: page });
  }

  /** Delivers a part of the feed again. */
  replayEvents(id: string, events: ReplayEvents): Promise<Answer<Webhook>> {
    return this.call('POST', ['webhooks', id, 'replay'], { body: events, repeats: 'never' });
  }

  walletBalance(): Promise<Answer<WalletBalance>> {
    return this.call('GET', ['wallet', 'balance']);
  }

  walletDeposit(amountCents: number, options: MoveOptions = {}): Promise<Answer<WalletMoved>> {
    return this.call('POST', ['wallet', 'deposit'], { options, body: { amountCents }, repeats: 'under-key' });
  }

  walletWithdraw(amountCents: number, options: MoveOptions = {}): Promise<Answer<WalletMoved>> {
    return this.call('POST', ['wallet', 'withdraw'], { options, body: { amountCents }, repeats: 'under-key' });
  }

  ledger(): Promise<Answer<Ledger>> {
    return this.call('GET', ['wallet', 'ledger']);
  }

  ledgerEntries(limit?: number): Promise<Answer<LedgerEntries>> {
    return this.call('GET', ['wallet', 'ledger', 'entries'], { query: { limit } });
  }

  recordInLedger(record: LedgerRecord, options: MoveOptions = {}): Promise<Answer<Recorded>> {
    return this.call('POST', ['wallet', 'ledger', 'record'], { options, body: record, repeats: 'under-key' });
  }

  /** The wallets of all owners, the largest first. For admins. */
  wallets(): Promise<Answer<Wallets>> {
    return this.call('GET', ['admin', 'wallets']);
  }

  /** Transfers that are not final and older than `olderThanMs`. For admins. */
  stuckTransfers(filter: PageOptions & { readonly olderThanMs?: number } = {}): Promise<Answer<StuckTransfers>> {
    return this.call('GET', ['admin', 'transfers'], { query: filter });
  }

  /** Resumes a transfer that has failed, or drives one that is pending. For admins. */
  resumeTransfer(id: string): Promise<Answer<Transfer>> {
    return this.call('POST', ['admin', 'transfers', id, 'resume'], { repeats: 'never' });
  }

  /** Settles a participant's branch with its outcome, if the participant itself will never report it. For admins. */
  settleBranch(
    {
      transfer,
      participant,
      branch,
    }: { readonly transfer: string; readonly participant: string; readonly branch: string },
    settled: SettleBranch,
  ): Promise<Answer<Transfer>> {
    const path = ['admin', 'transfers', transfer, 'branches', participant, branch, 'settle'];
    return this.call('POST', path, { body: settled });
  }

  /** What accounts have promised to other coordinators, still undecided. For admins. */
  foreignBranches(page: PageOptions = {}): Promise<Answer<ForeignBranches>> {
    return this.call('GET', ['admin', 'foreign-branches'], { query: page });
  }

  /**
   * Settles a branch with another coordinator's decision, if the coordinator itself will never report it. For admins.
   */
  settleForeignBranch(
    {
      coordinator,
      transaction,
      branch,
    }: { readonly coordinator: string; readonly transaction: string; readonly branch: string },
    settled: SettleBranch,
  ): Promise<Answer<SettledForeignBranch>> {
    const path = ['admin', 'foreign-branches', coordinator, transaction, branch, 'settle'];
    return this.call('POST', path, { body: settled });
  }

  /** The services that may take part in transfers, and the calls that wait for each. For admins. */
  participants(): Promise<Answer<Participants>> {
    return this.call('GET', ['admin', 'participants']);
  }

  /** The metrics, in the format of Prometheus. */
  metrics(): Promise<Answer<string>> {
    return this.text(['metrics'], {});
  }

  private async call<T>(method: Method, path: Path, sent: Sent = {}): Promise<Answer<T>> {
    return readAnswer(await this.send(method, path, sent));
  }

  private async text(path: Path, sent: Sent): Promise<Answer<string>> {
    return readText(await this.send('GET', path, sent));
  }

  private async send(method: Method, path: Path, sent: Sent): Promise<TransportResponse> {
    const { repeats = 'always', options: { idempotencyKey } = {} } = sent;
    const { retry } = this;
    const key = idempotencyKey ?? (retry && repeats === 'under-key' ? crypto.randomUUID() : undefined);
    const request = this.requestOf(method, path, sent, key);
    if (!retry) return this.transport(request);
    return sendRepeatedly(() => this.transport(request), repeats !== 'never', retry);
  }

  /** Throws a TypeError for a segment that no path can contain. */
  private requestOf(
    method: Method,
    path: Path,
    { options: { respondAsync } = {}, query = {}, body, accept = 'application/json' }: Sent,
    idempotencyKey: string | undefined,
  ): TransportRequest {
    return {
      method,
      url: this.address.of(path, query),
      headers: {
        accept,
        ...(this.token !== undefined && { authorization: `Bearer ${this.token}` }),
        ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        ...(respondAsync && { prefer: 'respond-async' }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    };
  }
}

type Method = TransportRequest['method'];

/** What a request sends besides its path. */
interface Sent {
  readonly options?: TransferOptions;
  readonly query?: object;
  readonly body?: unknown;
  readonly accept?: 'application/json' | 'text/csv';
  /**
   * When two requests have the same effect as one. Default: always. `under-key`: only under a key, which the client
   * then creates. `never`: the second request gets a different answer.
   */
  readonly repeats?: 'always' | 'under-key' | 'never';
}
