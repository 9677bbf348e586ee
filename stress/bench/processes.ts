import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { ended, endWithHarness } from '../../test/kit/childProcess';
import { freePort } from '../../test/kit/ports';
import { NODE_OPTIONS_OF_START } from '../../test/kit/startCommand';
import { eventually } from '../../test/kit/wait';

/** dist/stress/bench -> dist */
const DIST = join(__dirname, '..', '..');

/** One node process that answers HTTP. It has node's options as in production, and nothing of the fault harness. */
export class HttpProcess {
  private readonly startedAt = performance.now();
  private lastSaid = '';

  private constructor(
    readonly name: string,
    readonly port: number,
    private readonly child: ChildProcess,
  ) {
    child.stdout?.on('data', (chunk: Buffer) => {
      this.lastSaid = (this.lastSaid + chunk.toString('utf8')).slice(-1_000);
    });
  }

  static async start(
    name: string,
    script: string,
    env: Readonly<Record<string, string>>,
    nodeArgs: readonly string[] = [],
  ): Promise<HttpProcess> {
    const port = await freePort();
    const child = spawn(process.execPath, [...NODE_OPTIONS_OF_START, ...nodeArgs, join(DIST, script)], {
      env: { PATH: process.env['PATH'], HOST: '127.0.0.1', LOG_LEVEL: 'warn', ...env, PORT: String(port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    endWithHarness(child);
    const started = new HttpProcess(name, port, child);
    await started.untilReady();
    return started;
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error(`${this.name} has no process`);
    return this.child.pid;
  }

  get ageMs(): number {
    return performance.now() - this.startedAt;
  }

  async get(path: string): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, { signal: AbortSignal.timeout(10_000) });
    if (!response.ok) throw new Error(`GET ${path} of ${this.name}: ${response.status}`);
    return response.json();
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await ended(this.child);
  }

  private async untilReady(): Promise<void> {
    await eventually(
      `${this.name} is ready`,
      async () => {
        if (this.child.exitCode !== null) return 'ended';
        await this.get('/health/ready');
        return 'ready';
      },
      { deadlineMs: 60_000 },
    );
    if (this.child.exitCode !== null)
      throw new Error(`${this.name} ended with ${this.child.exitCode}: ${this.lastSaid}`);
  }
}
