import type { Pool } from 'pg';
import { createHotPool } from '../../src/adapters/postgres/pool';
import { composeEngine, type Engine } from '../../src/composeEngine';
import { type Config, loadConfig } from '../../src/config';
import type { BranchCommand } from '../../src/domain/account/commands';
import type { AccountReply } from '../../src/engine/accountMessages';
import type { Accounts } from '../../src/engine/accounts';
import type { WakeUps } from '../../src/engine/ports';
import { MemoryLog } from './memoryLog';
import { MemoryWakeUps } from './memoryWakeUps';
import type { TestDatabase } from './testDatabase';

/** The engine of one process on a real database, in the test's own process: as many as a test likes. */
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
    return new RealEngine(config, log, pool, composeEngine(config, faults(pool), wakeUps, log));
  }

  get accounts(): Accounts {
    return this.engine.accounts;
  }

  branch(account: string, command: BranchCommand): Promise<AccountReply> {
    return this.accounts.of(account).ask({ kind: 'branch', command });
  }

  deposit(account: string, amount: bigint, key: string): Promise<AccountReply> {
    const request = { scope: 'test', key, fingerprint: `${account} ${amount}` };
    return this.accounts.of(account).ask({ kind: 'money', command: { type: 'Deposit', amount }, request });
  }

  async open(account: string, balance: bigint): Promise<void> {
    await this.engine.accountStore.open(account);
    if (balance > 0n) await this.deposit(account, balance, `open ${account}`);
  }

  async close(): Promise<void> {
    this.engine.finals.stop();
    await this.engine.coordinator.drained();
    await this.engine.wakeUps.drained();
    await this.engine.accountStore.drained();
    await this.engine.transactionStore.drained();
    await this.pool.end();
  }
}
