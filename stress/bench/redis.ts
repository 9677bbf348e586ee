import { Redis } from 'ioredis';
import { RedisServer } from '../../test/kit/redis';

const DATABASES = 128;

/** A Redis server of the bench that keeps nothing on disk, because the queue does not need it. */
export class BenchRedis {
  private constructor(
    private readonly server: RedisServer,
    readonly pid: number,
    private readonly index = 0,
  ) {}

  /** Resolves to undefined where redis-server is not installed. */
  static async start(): Promise<BenchRedis | undefined> {
    if (!RedisServer.found()) return undefined;
    const server = await RedisServer.start();
    return new BenchRedis(server, await pidOf(server.url));
  }

  /** One of its databases. Two services on different databases never see each other's jobs. */
  database(index: number): BenchRedis {
    return new BenchRedis(this.server, this.pid, index % DATABASES);
  }

  get url(): string {
    return `${this.server.url}/${this.index}`;
  }

  stop(): Promise<void> {
    return this.server.kill();
  }
}

async function pidOf(url: string): Promise<number> {
  const redis = new Redis(url);
  try {
    const info = await redis.info('server');
    return Number(/process_id:(\d+)/.exec(info)?.[1]);
  } finally {
    redis.disconnect();
  }
}
