import { Writable } from 'node:stream';
import pino from 'pino';
import { loadConfig } from '../../src/config';
import { type OpenAccount, PLAIN_TERMS } from '../../src/domain/account/state';
import type { TransferQuery, TransferRefusal } from '../../src/domain/transfer';
import { UnavailableError } from '../../src/engine/faults';
import { Feed } from '../../src/engine/feed/feed';
import { KEEPS_ALL } from '../../src/engine/handOver';
import { createApp } from '../../src/http/app';
import { openAuthenticator } from '../../src/http/auth/authenticator';
import { Draining } from '../../src/http/connections/draining';
import { DEFAULT_SERVER_LIMITS, HttpServer, type ServerLimits } from '../../src/http/connections/server';
import { DEFAULT_LIMITS, type HttpDeps } from '../../src/http/deps';
import { composeEngine, type Engine } from '../../src/service/composeEngine';
import { MemoryDatabase } from '../support/memoryDatabase';
import { MemoryJournalStore } from '../support/memoryJournalStore';
import { MemoryTransactionStore } from '../support/memoryTransactionStore';
import { MemoryWakeUps } from '../support/memoryWakeUps';
import { NO_PARTICIPANTS } from '../support/noParticipants';
import { Client } from './client';

/** What looks back has no store in memory; it is tested on the whole service. */
function away(): Promise<never> {
  return Promise.reject(new UnavailableError('there is none', 'not-started'));
}

/**
 * The HTTP edge on a real socket, over the real engine on stores in memory: there to force the answers that need the
 * database to be away, slow or in the middle of something.
 */
export class Edge {
  readonly database = new MemoryDatabase<TransferQuery, TransferRefusal>();
  readonly journal = new MemoryJournalStore(this.database);
  readonly transactionStore = new MemoryTransactionStore(this.database);
  readonly wakeUps = new MemoryWakeUps();
  readonly draining = new Draining();
  readonly logged: string[] = [];
  /** Whether this process is the one that drives. */
  leads = true;
  readonly coordinator: Engine['coordinator'];
  private readonly finals: Engine['finals'];
  private readonly engine: Engine;
  private server: HttpServer | undefined;
  private readonly deps: HttpDeps;

  constructor(overrides: Partial<HttpDeps> = {}) {
    const log = pino({ level: 'debug' }, this.logStream());
    const { journal, transactionStore } = this;
    const engine = composeEngine(
      loadConfig({ MAILBOX_MAX: '100' }),
      { journal, transactionStore },
      this.wakeUps,
      NO_PARTICIPANTS,
      KEEPS_ALL,
      log,
      () => this.leads,
    );
    this.engine = engine;
    this.coordinator = engine.coordinator;
    this.finals = engine.finals;
    this.wakeUps.onDrive = (ids) => this.drive(ids);
    this.wakeUps.onResume = (resumptions) => this.drive(resumptions.map(({ id }) => id));
    this.deps = {
      name: 'tandem',
      version: '0.0.0',
      authenticator: openAuthenticator(),
      commands: engine.commands,
      journal,
      coordinator: this.coordinator,
      history: {
        transactions: away,
        entries: away,
        holds: away,
        keys: away,
        accounts: away,
        account: away,
        accountAt: away,
      },
      feed: new Feed({ read: away, oldest: away, latest: away }, log),
      webhooks: {
        store: {
          create: away,
          list: away,
          get: away,
          remove: away,
          rotate: away,
          enable: away,
          deliveries: away,
          replay: away,
        },
        whyRefused: () => Promise.resolve(undefined),
      },
      wallets: { replay: away, ledger: away, moneyEntries: away, richest: away },
      participants: NO_PARTICIPANTS,
      foreign: engine.foreign,
      operations: { stuck: away, openForeign: away, waitingCalls: away, drive: away, lastError: away },
      metrics: { request: () => undefined, render: () => Promise.resolve({ contentType: 'text/plain', text: '' }) },
      dashboard: (_request, response) => {
        response.type('html').end('<p>dashboard</p>');
      },
      readiness: () => Promise.resolve({ ready: true, checks: { database: { ok: true } } }),
      draining: this.draining,
      load: { isHigh: false },
      log,
      limits: DEFAULT_LIMITS,
      transferTimeoutMs: 10_000,
      httpWaitMs: 1000,
      ...overrides,
    };
  }

  async start(limits: Partial<ServerLimits> = {}): Promise<Client> {
    this.server = HttpServer.create(createApp(this.deps), { ...DEFAULT_SERVER_LIMITS, ...limits });
    const { port } = await this.server.listen('127.0.0.1', 0);
    return Client.of(`http://127.0.0.1:${port}`);
  }

  async stop(graceMs = 2000): Promise<void> {
    this.draining.begin();
    this.finals.stop();
    await this.server?.close(graceMs);
    this.server = undefined;
  }

  /** Log lines as objects. */
  lines(): readonly Record<string, unknown>[] {
    return this.logged.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  /** An account with a balance, as if it had been opened and deposited. */
  seed(id: string, balance: bigint): void {
    const after = { account: id, balance: 0n, held: 0n, incoming: 0n };
    this.database.journals.set(id, [
      { ...after, seq: 1, kind: 'opened', amount: 0n, terms: PLAIN_TERMS },
      { ...after, seq: 2, kind: 'deposit', amount: balance, balance },
    ]);
  }

  account(id: string): OpenAccount {
    const account = this.database.account(id);
    if (account.status !== 'open') throw new Error(`no account ${id}`);
    return account;
  }

  /** As after a restart: what the accounts are is read again. */
  forgetAccounts(): void {
    for (const id of this.database.journals.keys()) this.engine.accounts.of(id).forget();
  }

  async drive(ids: readonly string[]): Promise<void> {
    await this.engine.drives.drive(ids, { repeats: false });
  }

  private logStream(): Writable {
    return new Writable({
      write: (chunk, _encoding, done) => {
        this.logged.push(String(chunk));
        done();
      },
    });
  }
}
