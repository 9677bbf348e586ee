import type { LoadName, SystemName } from './cells';
import { LOADS } from './cells';
import { BenchDatabase } from './database';
import { chooseGenerator } from './load/choose';
import type { LoadGenerator } from './load/load';
import type { BenchOptions } from './options';
import { BenchRedis } from './redis';
import type { RoundLoad } from './round';
import { System, type SystemSettings } from './systems';

/** What every measurement needs: the servers, the load generator, and a way to start a system. */
export class Bench {
  private systemsStarted = 0;

  private constructor(
    readonly options: BenchOptions,
    readonly database: BenchDatabase,
    readonly redis: BenchRedis | undefined,
    readonly generator: LoadGenerator,
  ) {}

  static async start(options: BenchOptions): Promise<Bench> {
    const generator = chooseGenerator(options.generator);
    const redis = await BenchRedis.start();
    const database = await BenchDatabase.start(options.postgres);
    return new Bench(options, database, redis, generator);
  }

  /** Starts a system on its own PostgreSQL database and its own Redis database. Two systems never see each other's jobs. */
  startSystem(name: SystemName, settings: Partial<SystemSettings> = {}): Promise<System> {
    this.systemsStarted += 1;
    const { accounts, pool, serviceEnv } = this.options;
    return System.start(
      name,
      `${name}_${this.systemsStarted}`,
      this.database,
      this.redis?.database(this.systemsStarted),
      { accounts, pool, ...settings, serviceEnv: { ...serviceEnv, ...settings.serviceEnv } },
    );
  }

  /** A load of the table. `round` makes its accounts differ from those of the other rounds. */
  load(name: LoadName, round: number, seconds = this.options.seconds): RoundLoad {
    const { accounts, seed } = this.options;
    return { ...LOADS[name], accounts, seconds, seed: seed * 1000 + round };
  }

  async stop(): Promise<void> {
    await this.redis?.stop();
    await this.database.stop();
  }
}
