import { join } from 'node:path';
import { Mutex } from '../../test/kit/mutex';
import { freePorts } from '../../test/kit/ports';
import { type Bomb, ServiceProcess, type ServiceReport } from '../../test/kit/serviceProcess';
import type { Crowd } from '../../test/kit/sessions';
import { eventually, sleep } from '../../test/kit/wait';
import type { Findings } from '../base/invariants';
import { Tally } from '../base/tally';
import { Recovery } from './recovery';

export interface FleetSettings {
  readonly processes: number;
  readonly env: (name: string) => Readonly<Record<string, string>>;
  readonly logDirectory: string;
  /** The name of the bug that is planted into every process. */
  readonly bug?: string;
}

/** The service promises to drain within 5 s. A machine with much more work than cores gets longer. */
const TERM_DEADLINE_MS = 15_000;
const READY_MS = 30_000;
/** How long a load balancer takes a process out after a timeout. */
const SUSPECT_MS = 1000;

export interface KillOptions {
  readonly downMs: number;
  readonly anyTime: boolean;
  /** Starts the process again with this bomb. */
  readonly bomb?: Bomb;
}

/** Starts, kills, stops, terminates and restarts the processes of the service. */
export class Supervisor {
  readonly recovery = new Recovery();
  /** Deaths by SIGKILL, by cause. */
  readonly kills = new Tally();
  readonly bombsExploded = new Tally();
  readonly counters = new Tally();
  readonly processes: readonly ServiceProcess[];
  private readonly locks: readonly Mutex[];
  private readonly suspectUntil = new Map<number, number>();
  private closing = false;

  private constructor(
    private readonly findings: Findings,
    settings: FleetSettings,
    ports: readonly number[],
  ) {
    this.locks = ports.map(() => new Mutex());
    const bug = settings.bug === undefined ? {} : { bug: settings.bug };
    this.processes = ports.map((port, index) => {
      const name = `service-${index}`;
      const logFile = join(settings.logDirectory, `${name}.log`);
      return new ServiceProcess(
        { name, port, env: settings.env(name), logFile, ...bug },
        {
          exited: (exit) => this.exited(index, exit),
          reported: (report) => this.reported(report),
        },
      );
    });
  }

  static async create(findings: Findings, settings: FleetSettings): Promise<Supervisor> {
    return new Supervisor(findings, settings, await freePorts(settings.processes));
  }

  /** Starts all processes at once, so that they race to migrate the empty database. */
  async startAll(): Promise<void> {
    for (const service of this.processes) service.start();
    await Promise.all(this.processes.map((service) => service.untilReady()));
  }

  /** The indexes of the processes to which a load balancer would send requests. A stopped process is among them. */
  targets(): number[] {
    const now = Date.now();
    return this.processes.flatMap((service, index) =>
      service.ready && (this.suspectUntil.get(index) ?? 0) < now ? [index] : [],
    );
  }

  timedOut(index: number): void {
    this.suspectUntil.set(index, Date.now() + SUSPECT_MS);
  }

  committed(index: number, sentAtMs: number): void {
    this.recovery.committed(index, sentAtMs);
  }

  /** The number of faults that a process still has to go through. */
  waiting(index: number): number {
    return this.locks[index]?.load ?? 0;
  }

  kill(index: number, { downMs, anyTime, bomb }: KillOptions): Promise<void> {
    return this.alone(index, async (service) => {
      if (!anyTime) await this.up(index, service).catch(() => this.counters.add('killed before it was ready'));
      if (service.running) this.kills.add('SIGKILL by the schedule');
      await service.kill();
      await sleep(downMs);
      this.startAgain(index, 'kill', bomb);
    });
  }

  /** Kills the process, and starts it again while the database has no free connection. The process must wait, not exit. */
  startCrowded(index: number, lastsMs: number, crowd: Crowd): Promise<void> {
    return this.alone(index, async (service) => {
      await this.up(index, service).catch(() => this.counters.add('killed before it was ready'));
      if (service.running) this.kills.add('SIGKILL by the schedule');
      await service.kill();
      try {
        await crowd.gather();
        service.start();
        await sleep(lastsMs);
        this.counters.add('started without a free connection');
        this.findings.check('contract', service.running, () => `process ${index} died for want of a free connection`);
      } finally {
        await crowd.leave();
      }
      this.recovery.expect('pg-crowd', index, Date.now());
      if (!service.running) this.startAgain(index, 'own death');
      service.untilReady(60_000).catch(() => this.counters.add('not ready before it was hit again'));
    });
  }

  /** Stops the process, and continues it after `lastsMs`. */
  pause(index: number, lastsMs: number): Promise<void> {
    return this.alone(index, async (service) => {
      await this.up(index, service).catch(() => this.counters.add('paused before it was ready'));
      service.stop();
      await sleep(lastsMs);
      service.resume();
      this.recovery.expect('pause', index, Date.now());
    });
  }

  terminate(index: number, downMs: number): Promise<void> {
    return this.alone(index, async (service) => {
      await this.up(index, service).catch(() => this.counters.add('terminated before it was ready'));
      if (!service.running) return;
      const wasReady = service.ready;
      const end = await service.terminate(TERM_DEADLINE_MS);
      if (end === 'not in time') this.kills.add('SIGKILL after a SIGTERM that was not obeyed');
      this.counters.add(`SIGTERM: ${typeof end === 'number' ? `exit ${end}` : end}`);
      if (wasReady && end !== 'killed otherwise') {
        this.findings.check('contract', end === 0, () => `SIGTERM: ${end} instead of exit code 0`);
      }
      await sleep(downMs);
      this.startAgain(index, 'term');
    });
  }

  duplicateJobs(index: number): void {
    const service = this.processes[index];
    if (service?.ready) service.duplicateJobs();
  }

  /** After the last fault: waits until every process runs and is ready. */
  async heal(): Promise<void> {
    await Promise.all(
      this.processes.map((_, index) =>
        this.alone(index, async (service) => {
          service.resume();
          await this.up(index, service).catch((error: unknown) => {
            this.findings.violated('live', `process ${index} is not ready after the last fault: ${String(error)}`);
          });
        }),
      ),
    );
  }

  async restartAll(): Promise<void> {
    await Promise.all(this.processes.map((_, index) => this.terminate(index, 0)));
    await this.heal();
  }

  async close(): Promise<void> {
    this.closing = true;
    await Promise.all(this.processes.map((service) => service.kill()));
  }

  /** Waits until the process is ready. Starts it again each time that a bomb in it goes off. The caller must hold the lock. */
  private async up(index: number, service: ServiceProcess): Promise<void> {
    const ready = async (): Promise<true> => {
      if (!service.running) this.startAgain(index, 'bomb');
      await service.untilReady(1000);
      return true;
    };
    await eventually(`process ${index} is ready`, ready, { deadlineMs: READY_MS });
  }

  private alone(index: number, task: (service: ServiceProcess) => Promise<void>): Promise<void> {
    const lock = this.locks[index];
    const service = this.processes[index];
    if (!lock || !service) throw new Error(`no process ${index}`);
    return lock.run(async () => {
      if (!this.closing) await task(service);
    });
  }

  private startAgain(index: number, after: string, bomb?: Bomb): void {
    const service = this.processes[index];
    if (!service || this.closing) return;
    service.start(bomb ? { ...bomb, action: 'kill' } : undefined);
    this.recovery.expect(after, index, service.startedAtMs);
    // Not awaited, because a fault may hit the process again while it starts. If it dies before it is ready, its exit
    // reports so.
    service.untilReady(60_000).catch(() => this.counters.add('not ready before it was hit again'));
  }

  private exited(
    index: number,
    exit: { code: number | null; signal: string | null; asked: boolean; wasReady: boolean },
  ): void {
    this.recovery.died(index);
    if (this.closing) return;
    if (!exit.asked) this.diedByItself(index, exit);
    // A fault that kills on purpose also starts the process again, under the lock. This task then finds it running.
    this.alone(index, async (service) => {
      if (service.running) return;
      await sleep(exit.asked ? 0 : 300);
      this.startAgain(index, exit.asked ? 'bomb' : 'own death');
    }).catch((error: unknown) => this.findings.violated('contract', `process ${index} cannot start: ${String(error)}`));
  }

  private diedByItself(index: number, exit: { code: number | null; signal: string | null; wasReady: boolean }): void {
    const how = `code ${exit.code ?? '-'}, signal ${exit.signal ?? '-'}`;
    this.counters.add(`${exit.wasReady ? 'died by itself' : 'start failed'}: ${how}`);
    if (exit.wasReady) this.findings.violated('contract', `process ${index} died by itself: ${how}`);
  }

  private reported(report: ServiceReport): void {
    switch (report.event) {
      case 'job-duplicated':
        this.counters.add('jobs delivered three times');
        return;
      case 'bug-planted':
        this.counters.add('bugs planted');
        return;
      case 'crash-point':
        this.kills.add('SIGKILL at a crash point');
        this.bombsExploded.add(report.name ?? 'unnamed');
    }
  }
}
