import { randomBytes } from 'node:crypto';
import { migrate } from '../../src/adapters/postgres/migrate';
import type { SystemName } from './cells';
import { type Used, usedSoFar } from './cost';
import type { BenchDatabase } from './database';
import { HttpProcess } from './processes';
import type { BenchRedis } from './redis';
import { seedBaseline, seedService } from './seed';

export interface SystemSettings {
  readonly accounts: number;
  /** The initial journal rows of each account of a service. */
  readonly entriesEach?: number;
  readonly pool: number;
  readonly serviceEnv: Readonly<Record<string, string>>;
  /** The number of processes on the database. */
  readonly processes?: number;
  /** The number of further processes that only copy bytes to the first one. */
  readonly pipes?: number;
  /** More configuration for one of several processes. */
  readonly envOf?: (index: number) => Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
}

/** The system under test: one or more processes of one kind, on their own database. */
export class System {
  private constructor(
    readonly name: SystemName,
    readonly databaseName: string,
    readonly processes: readonly HttpProcess[],
    private readonly database: BenchDatabase,
    private readonly redis: BenchRedis | undefined,
  ) {}

  static async start(
    name: SystemName,
    databaseName: string,
    database: BenchDatabase,
    redis: BenchRedis | undefined,
    settings: SystemSettings,
  ): Promise<System> {
    const url = await database.create(databaseName);
    if (name === 'baseline') await seedBaseline(database, databaseName, settings.accounts);
    else {
      await migrate(url);
      await seedService(database, databaseName, settings.accounts, settings.entriesEach);
    }
    const peers = (settings.processes ?? 1) > 1 && { PEER_SECRET: randomBytes(32).toString('base64') };
    const processes: HttpProcess[] = [];
    for (let index = 0; index < (settings.processes ?? 1); index += 1) {
      const serviceEnv = { ...peers, ...settings.serviceEnv, ...settings.envOf?.(index) };
      processes.push(await startProcess(name, `${databaseName} ${index}`, url, redis, { ...settings, serviceEnv }));
    }
    const target = { TARGET: String(processes[0]?.port) };
    for (let index = 0; index < (settings.pipes ?? 0); index += 1)
      processes.push(await HttpProcess.start(`${databaseName} pipe ${index}`, 'stress/bench/pipe.js', target));
    return new System(name, databaseName, processes, database, redis);
  }

  /** The number of transfers that the journal shows as paid. The baseline has no journal, so its recorded transfers count. */
  async journalled(): Promise<number> {
    const text =
      this.name === 'baseline'
        ? 'select count(*)::int as count from transfers'
        : "select count(*)::int as count from journal where kind = 'spend'";
    const [row] = await this.database.query<{ count: number }>(this.databaseName, text);
    return row?.count ?? 0;
  }

  /** The number of deposits in the journal. */
  async deposited(): Promise<number> {
    const text = "select count(*)::int as count from journal where kind = 'deposit'";
    const [row] = await this.database.query<{ count: number }>(this.databaseName, text);
    return row?.count ?? 0;
  }

  /** The same system, where a load goes to one process only. */
  alone(index: number): System {
    const process = this.processes[index];
    if (!process) throw new Error(`no process ${index}`);
    return new System(this.name, this.databaseName, [process], this.database, this.redis);
  }

  used(): Promise<Used> {
    return usedSoFar(this.processes, this.database, this.redis?.pid);
  }

  async stop(): Promise<void> {
    await this.stopProcesses();
    await this.drop();
  }

  async stopProcesses(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.stop()));
  }

  async drop(): Promise<void> {
    await this.database.drop(this.databaseName);
  }
}

function startProcess(
  name: SystemName,
  title: string,
  url: string,
  redis: BenchRedis | undefined,
  { pool, serviceEnv, nodeArgs }: SystemSettings,
): Promise<HttpProcess> {
  const env = { DATABASE_URL: url, NODE_ENV: 'production' };
  switch (name) {
    case 'baseline':
      return HttpProcess.start(title, 'stress/baseline/main.js', { ...env, POOL: String(pool) }, nodeArgs);
    case 'postgres':
      return HttpProcess.start(title, 'src/main.js', { ...env, ...serviceEnv }, nodeArgs);
    case 'process':
      return HttpProcess.start(title, 'src/main.js', { ...env, DRIVE: 'process', ...serviceEnv }, nodeArgs);
    case 'redis':
      if (!redis) throw new Error('there is no redis-server on the PATH');
      return HttpProcess.start(title, 'src/main.js', { ...env, REDIS_URL: redis.url, ...serviceEnv }, nodeArgs);
  }
}
