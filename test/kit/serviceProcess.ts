import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { TandemClient } from '../../src/client/tandemClient';
import type { CrashPoint } from '../../src/engine/crashPoint';
import { ended, endWithHarness } from './childProcess';
import { HttpTransport } from './httpTransport';
import { NODE_OPTIONS_OF_START, REPOSITORY } from './startCommand';
import { eventually, sleep } from './wait';

/** The build. Tests run this file from its sources, but start the built service. */
const DIST = join(REPOSITORY, 'dist');
const PRELOAD = join(DIST, 'stress', 'preload');
const PROBE_TIMEOUT_MS = 2000;

export interface ServiceSettings {
  /** The name in logs. It is also the application name of the process's database connections. */
  readonly name: string;
  readonly port: number;
  /** DATABASE_URL, REDIS_URL and the rest of the service's configuration. */
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** The name of the bug to plant. */
  readonly bug?: string;
}

/** The process dies at the `hit`-th time it passes `point`. */
export interface Bomb {
  readonly point: CrashPoint;
  readonly hit: number;
}

export interface CrashOrder extends Bomb {
  readonly action: 'kill' | 'stop';
}

export interface ServiceReport {
  readonly event: 'crash-point' | 'job-duplicated' | 'bug-planted';
  readonly name?: string;
  readonly transactionId?: string;
  readonly action?: CrashOrder['action'];
}

export interface ServiceListeners {
  /** `asked`: the harness killed or terminated the process, or a bomb did. */
  exited?(exit: { code: number | null; signal: NodeJS.Signals | null; asked: boolean; wasReady: boolean }): void;
  reported?(report: ServiceReport): void;
}

/** An exit code, or why there is none: a bomb killed the process first, the process had no handler for the signal, or it took too long. */
export type Termination = number | 'killed otherwise' | 'died of it' | 'not in time';

/** One process of the service, started as `npm start` does. Kills are real. */
export class ServiceProcess {
  private child: ChildProcess | undefined;
  private exitIsAsked = false;
  private readyNow = false;
  private pausedNow = false;
  startedAtMs = 0;

  constructor(
    readonly settings: ServiceSettings,
    private readonly listeners: ServiceListeners = {},
  ) {}

  get baseUrl(): string {
    return `http://127.0.0.1:${this.settings.port}`;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  get running(): boolean {
    return this.child !== undefined;
  }

  get ready(): boolean {
    return this.readyNow && !this.pausedNow;
  }

  start(order?: CrashOrder): void {
    if (this.child) return;
    const { env, logFile, port, bug } = this.settings;
    const scripts = ['crashAt.js', 'duplicateJobs.js', 'stepByStep.js'].map((script) => join(PRELOAD, script));
    if (bug !== undefined) scripts.push(join(PRELOAD, 'plantBug.js'));
    const log = openSync(logFile, 'a');
    const child = spawn(
      process.execPath,
      [...NODE_OPTIONS_OF_START, ...scripts.flatMap((script) => ['--require', script]), join(DIST, 'src', 'main.js')],
      {
        env: { ...inherited(), HOST: '127.0.0.1', PORT: String(port), ...crashEnv(order), ...env, ...bugEnv(bug) },
        stdio: ['ignore', log, log, 'pipe'],
        detached: true, // Ctrl-C in the terminal goes to the harness alone
      },
    );
    closeSync(log);
    endWithHarness(child);
    this.child = child;
    this.exitIsAsked = false;
    this.startedAtMs = Date.now();
    child.once('exit', (code, signal) => this.exited(code, signal));
    const reports = child.stdio[3] as Readable;
    createInterface({ input: reports }).on('line', (line) => this.report(JSON.parse(line) as ServiceReport));
  }

  /** Waits until /health/ready succeeds. */
  async untilReady(deadlineMs = 60_000): Promise<void> {
    const transport = new HttpTransport(PROBE_TIMEOUT_MS);
    const client = new TandemClient(this.baseUrl, { transport: transport.send, retry: false });
    const isReady = async (): Promise<true | undefined> => (this.child && (await client.isReady()) ? true : undefined);
    try {
      await eventually(`${this.settings.name} is ready`, isReady, { deadlineMs });
    } finally {
      transport.close();
    }
    this.readyNow = this.child !== undefined;
  }

  async kill(): Promise<void> {
    const child = this.child;
    if (!child) return;
    this.exitIsAsked = true;
    child.kill('SIGKILL');
    await ended(child);
  }

  /** Sends SIGTERM. Resolves to how the process ended. Kills it after `deadlineMs`. */
  async terminate(deadlineMs: number): Promise<Termination> {
    const child = this.child;
    if (!child) return 'killed otherwise';
    this.exitIsAsked = true;
    child.kill('SIGTERM');
    const late = await Promise.race([ended(child).then(() => false), sleep(deadlineMs, true, { ref: false })]);
    if (!late) return child.signalCode === 'SIGKILL' ? 'killed otherwise' : (child.exitCode ?? 'died of it');
    child.kill('SIGKILL');
    await ended(child);
    return 'not in time';
  }

  /**
   * Waits until a process that was ordered to stop itself has stopped. The process reports first and stops then, so a
   * SIGCONT in between would be lost. Reads the state from /proc; without /proc it waits a fixed moment.
   */
  async untilStopped(): Promise<void> {
    const file = `/proc/${this.child?.pid ?? 0}/stat`;
    if (!existsSync(file)) return sleep(200);
    await eventually('the process has stopped', () => (/\) T/.test(readFileSync(file, 'utf8')) ? true : undefined), {
      deadlineMs: 60_000,
      everyMs: 5,
    });
  }

  stop(): void {
    this.pausedNow = true;
    this.child?.kill('SIGSTOP');
  }

  resume(): void {
    this.pausedNow = false;
    this.child?.kill('SIGCONT');
  }

  /** The jobs that the process adds next are delivered more than once. */
  duplicateJobs(): void {
    this.child?.kill('SIGUSR2');
  }

  private exited(code: number | null, signal: NodeJS.Signals | null): void {
    const wasReady = this.readyNow;
    this.child = undefined;
    this.readyNow = false;
    this.pausedNow = false;
    this.listeners.exited?.({ code, signal, asked: this.exitIsAsked, wasReady });
  }

  private report(report: ServiceReport): void {
    if (report.event === 'crash-point' && report.action === 'kill') this.exitIsAsked = true;
    this.listeners.reported?.(report);
  }
}

/** The configuration of a service whose coordinator makes each call to an account by itself, durable before the next. */
export const STEP_BY_STEP = { STRESS_STEP_BY_STEP: 'true' } as const;

/** The windows that are inside of one statement, unless the coordinator calls the accounts one by one. */
const INSIDE_A_STATEMENT: readonly CrashPoint[] = [
  'created',
  'one-prepared',
  'prepared',
  'one-committed',
  'branches-committed',
  'one-aborted',
  'branches-aborted',
];

/** Arms the preloaded crash point. Opens its window, unless the caller's environment says otherwise. */
function crashEnv(order: CrashOrder | undefined): Record<string, string> {
  if (!order) return {};
  return {
    STRESS_CRASH_POINT: order.point,
    STRESS_CRASH_ACTION: order.action,
    STRESS_CRASH_HIT: String(order.hit),
    ...(INSIDE_A_STATEMENT.includes(order.point) && STEP_BY_STEP),
  };
}

function bugEnv(bug: string | undefined): Record<string, string> {
  return bug === undefined ? {} : { STRESS_BUG: bug };
}

/** The service gets the configuration of the run, and nothing from the shell. */
function inherited(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return {
    ...(PATH !== undefined && { PATH }),
    ...(HOME !== undefined && { HOME }),
    ...(TMPDIR !== undefined && { TMPDIR }),
  };
}
