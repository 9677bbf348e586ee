import type { Pool } from 'pg';
import { createHotPool } from '../../src/adapters/postgres/pool';
import { type Config, loadConfig } from '../../src/config';
import type { AccountRefusal, BranchCommand } from '../../src/domain/account/commands';
import { PLAIN_TERMS } from '../../src/domain/account/state';
import type { Accounts } from '../../src/engine/accounts/accounts';
import { BranchUnit } from '../../src/engine/accounts/branchUnit';
import type { AccountReply } from '../../src/engine/accounts/commandUnit';
import { KEEPS_ALL } from '../../src/engine/handOver';
import type { WakeUps } from '../../src/engine/transactions/wakeUps';
import { composeEngine, type Engine, postgresStores } from '../../src/service/composeEngine';
import { MemoryLog } from './memoryLog';
import { MemoryWakeUps } from './memoryWakeUps';
import { NO_PARTICIPANTS } from './noParticipants';
import type { TestDatabase } from './testDatabase';

/** The engine of one process on a real database, in the test's own process. A test may create several. */
export class RealEngine {
  private constructor(
    readonly config: Config,
    readonly log: MemoryLog,
    private readonly pool: Pool,
    readonly engine: Engine,
  ) {}

  static on(
    database: TestDatabase,
    wakeUps: WakeUps = new MemoryWakeUps(),
    settings: Readonly<Record<string, string>> = {},
    faults: (pool: Pool) => Pool = (pool) => pool,
  ): RealEngine {
    const config = loadConfig({ DATABASE_URL: database.url, ...settings });
    const log = new MemoryLog();
    const pool = createHotPool(
      { connectionString: database.url, connectionsMax: 6, connectTimeoutMs: 2_000, statementTimeoutMs: 10_000 },
      log,
    );
    const stores = postgresStores(config, faults(pool));
    const leads = settings['ROLE'] !== 'api';
    return new RealEngine(
      config,
      log,
      pool,
      composeEngine(config, stores, wakeUps, NO_PARTICIPANTS, KEEPS_ALL, log, () => leads),
    );
  }

  get accounts(): Accounts {
    return this.engine.accounts;
  }

  /** Makes one call of a coordinator; resolves to undefined if it was carried out. */
  branch(account: string, command: BranchCommand): Promise<AccountRefusal | undefined> {
    return new Promise((resolve, reject) => {
      const actor = this.accounts.of(account);
      this.engine.commit.submit(new BranchUnit(actor, command.transactionId, () => command, [], resolve, reject));
    });
  }

  /** Stores transactions of which no driver was told. */
  async store(...created: Parameters<Engine['coordinator']['createFor']>[0][]): Promise<void> {
    await this.engine.journal.append({ entries: [], read: [], moves: [], keys: [], foreign: [], created });
  }

  deposit(account: string, amount: bigint, key: string): Promise<AccountReply> {
    const request = { scope: 'test', key, fingerprint: `${account} ${amount}` };
    return this.engine.commands.ask(account, { type: 'Deposit', amount }, { key: request, isClientsKey: true });
  }

  withdraw(account: string, amount: bigint, key: string): Promise<AccountReply> {
    const request = { scope: 'test', key, fingerprint: `${account} -${amount}` };
    return this.engine.commands.ask(account, { type: 'Withdraw', amount }, { key: request, isClientsKey: true });
  }

  async open(account: string, balance: bigint): Promise<void> {
    const key = { scope: 'test', key: `opening ${account}`, fingerprint: account };
    await this.engine.commands.ask(account, { type: 'Open', terms: PLAIN_TERMS }, { key, isClientsKey: true });
    if (balance > 0n) await this.deposit(account, balance, `open ${account}`);
  }

  async close(): Promise<void> {
    this.engine.finals.stop();
    await this.engine.drives.drained();
    await this.engine.wakeUps.drained();
    await this.engine.commit.drained();
    await this.pool.end();
  }
}
