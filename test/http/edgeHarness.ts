import { Writable } from 'node:stream';
import pino from 'pino';
import type { TransferQuery, TransferRefusal } from '../../src/domain/transfer';
import { AccountBranch } from '../../src/engine/accountBranch';
import { Accounts } from '../../src/engine/accounts';
import { Coordinator } from '../../src/engine/coordinator';
import { Driver } from '../../src/engine/driver';
import { UnavailableError } from '../../src/engine/faults';
import { FinalStatuses } from '../../src/engine/finalStatuses';
import { WakeUpBatcher } from '../../src/engine/wakeUpBatcher';
import { createApp } from '../../src/http/app';
import { openAuthenticator } from '../../src/http/auth/authenticator';
import { DEFAULT_LIMITS, type HttpDeps } from '../../src/http/deps';
import { Draining } from '../../src/http/draining';
import { DEFAULT_SERVER_LIMITS, HttpServer, type ServerLimits } from '../../src/http/server';
import { MemoryAccountStore } from '../support/memoryAccountStore';
import { MemoryClock } from '../support/memoryClock';
import { MemoryTransactionStore } from '../support/memoryTransactionStore';
import { MemoryWakeUps } from '../support/memoryWakeUps';
import { Client } from './client';

const BACKOFF = { initialMs: 1, maxMs: 10 };

/** What looks back has no store in memory; it is tested on the whole service. */
function away(): Promise<never> {
  return Promise.reject(new UnavailableError('there is none', 'not-started'));
}

/**
 * The HTTP edge on a real socket, over the real engine on stores in memory: there to force the answers that need the
 * database to be away, slow or in the middle of something.
 */
export class Edge {
  readonly clock = new MemoryClock();
  readonly accountStore = new MemoryAccountStore();
  readonly transactionStore = new MemoryTransactionStore<TransferQuery, TransferRefusal>(this.clock);
  readonly wakeUps = new MemoryWakeUps();
  readonly draining = new Draining();
  readonly logged: string[] = [];
  readonly coordinator: Coordinator<TransferQuery, TransferRefusal>;
  private readonly finals: FinalStatuses<TransferQuery, TransferRefusal>;
  private server: HttpServer | undefined;
  private readonly deps: HttpDeps;

  constructor(overrides: Partial<HttpDeps> = {}) {
    const log = pino({ level: 'debug' }, this.logStream());
    const { clock, accountStore, transactionStore: store } = this;
    const accounts = new Accounts(accountStore, clock, log, { mailboxMax: 100, idleMs: 60_000, actorsMax: 1_000 });
    const branchOf = (account: string) => new AccountBranch(account, accounts);
    this.finals = new FinalStatuses(store, log, { minMs: 10, maxMs: 20 });
    this.coordinator = new Coordinator({
      type: 'transfer',
      store,
      driver: new Driver({ store, log, clock, branchOf, backoff: BACKOFF, attemptsMax: 3, jointMoves: true }),
      finals: this.finals,
      wakeUps: new WakeUpBatcher(this.wakeUps, clock, log, 100),
      clock,
      log,
      backoff: BACKOFF,
      graceMs: 1000,
    });
    this.wakeUps.onDrive = (ids) => this.drive(ids);
    this.wakeUps.onResume = (resumptions) => this.drive(resumptions.map(({ id }) => id));
    this.deps = {
      name: 'tandem',
      version: '0.0.0',
      authenticator: openAuthenticator(),
      accounts,
      accountStore,
      coordinator: this.coordinator,
      history: { transactions: away, entries: away },
      wallets: { replay: away, ledger: away, moneyEntries: away, richest: away },
      operations: { stuck: away, drive: away, lastError: away },
      metrics: { request: () => undefined, render: () => Promise.resolve({ contentType: 'text/plain', text: '' }) },
      dashboard: (_request, response) => {
        response.type('html').end('<p>dashboard</p>');
      },
      readiness: () => Promise.resolve({ ready: true, checks: { database: { ok: true } } }),
      draining: this.draining,
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

  async drive(ids: readonly string[]): Promise<void> {
    await this.coordinator.drive(ids, { repeats: false });
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
