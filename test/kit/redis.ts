import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { Redis } from 'ioredis';
import { ended, endWithHarness } from './childProcess';
import { freePort } from './ports';
import { eventually } from './wait';

/** A Redis server of the harness that keeps nothing on disk. After a kill and a restart it is empty. */
export class RedisServer {
  private child: ChildProcess | undefined;

  private constructor(readonly port: number) {}

  static found(): boolean {
    return spawnSync('redis-server', ['--version'], { stdio: 'ignore' }).status === 0;
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.up();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async up(): Promise<void> {
    const settings = [
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--maxmemory-policy',
      'noeviction',
      '--databases',
      '128',
    ];
    const child = spawn('redis-server', ['--port', String(this.port), ...settings], {
      stdio: 'ignore',
      detached: true,
    });
    endWithHarness(child);
    this.child = child;
    await eventually('Redis answers', () => this.command((redis) => redis.ping()), { deadlineMs: 60_000 });
  }

  async kill(): Promise<void> {
    if (!this.child) return;
    this.child.kill('SIGKILL');
    await ended(this.child);
    this.child = undefined;
  }

  /** Stops the server until it is thawed. Its connections stay open, and it answers nothing. */
  freeze(): void {
    this.child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.child?.kill('SIGCONT');
  }

  /** Makes the server run out of memory. It refuses commands that need memory until {@link hasRoom}. */
  async full(): Promise<void> {
    await this.command((redis) => redis.config('SET', 'maxmemory', '1'));
  }

  async hasRoom(): Promise<void> {
    await this.command((redis) => redis.config('SET', 'maxmemory', '0'));
  }

  /** Leaves the server as a failover leaves an old primary: it answers reads and refuses writes. */
  async readOnly(): Promise<void> {
    await this.command((redis) => redis.replicaof('127.0.0.1', 1));
  }

  async writable(): Promise<void> {
    await this.command((redis) => redis.replicaof('NO', 'ONE'));
  }

  async flushAll(): Promise<void> {
    await this.command((redis) => redis.flushall());
  }

  private async command<T>(run: (redis: Redis) => Promise<T>): Promise<T> {
    const redis = new Redis(this.port, '127.0.0.1', { lazyConnect: true, retryStrategy: () => null });
    redis.on('error', () => undefined); // the command itself rejects
    try {
      await redis.connect();
      return await run(redis);
    } finally {
      redis.disconnect();
    }
  }
}
