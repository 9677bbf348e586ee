import { join } from 'node:path';
import { freePorts } from '../../test/kit/ports';
import { ServiceProcess } from '../../test/kit/serviceProcess';
import { eventually, sleep } from '../../test/kit/wait';
import type { World } from '../../test/kit/world';
import { serviceEnv, TRANSFER_TIMEOUT_MS } from '../../test/kit/world';
import { Auditor, STALE_MS } from '../audit/auditor';
import { auditAtRest } from '../audit/finalAudit';
import { pendingCount } from '../audit/pending';
import { Findings } from '../base/invariants';
import { Random } from '../base/random';
import { Model } from '../workload/model';
import type { Transfer } from '../workload/operation';
import { nameOf } from '../workload/outcome';
import { type Fleet, Workload } from '../workload/workload';
import { type Cell, type CellResult, isAbortPoint, isOfCapture, isOfFollower, rightEnds } from './cell';

/** In a stopped cell the deadline must pass. In the other cells it must not. */
const SHORT_DEADLINE_MS = 2500;
const REACH_MS = 20_000;
const FINAL_MS = 20_000;
/** Longer than any work that a resumed process still has in flight. */
const AFTERMATH_MS = 1000;
const CAPTURED_WITHIN_MS = 60_000;
const FUNDS = 1000;

/** Two processes on a separate database: the victim that passes the point, and a process that may finish its work. */
class CellRun {
  readonly findings = new Findings(() => Date.now() - this.startedAtMs);
  readonly model = new Model(this.findings);
  private readonly startedAtMs = Date.now();
  private readonly victim: ServiceProcess;
  private readonly rescuer: ServiceProcess;
  private readonly workload: Workload;
  private reachedAtMs: number | undefined;

  constructor(
    private readonly cell: Cell,
    private readonly world: World,
    private readonly database: string,
    redisIndex: number,
    [victimPort = 0, rescuerPort = 0]: readonly number[],
  ) {
    const logFile = join(world.logDirectory, `${database}.log`);
    const envOf = (name: string): Record<string, string> => {
      const env = { ...serviceEnv(world, database, name), STRESS_STEP_BY_STEP: String(cell.way === 'steps') };
      // A separate Redis database, so that the queue of another cell does not deliver here.
      return world.redis ? { ...env, REDIS_URL: `${world.redis.url}/${redisIndex}` } : env;
    };
    const service = (name: string, port: number, listeners = {}): ServiceProcess =>
      new ServiceProcess({ name, port, env: envOf(name), logFile }, listeners);
    this.victim = service(`${database}_victim`, victimPort, {
      reported: () => this.reached(),
      exited: ({ asked }: { asked: boolean }) => this.exited(asked),
    });
    this.rescuer = service(`${database}_rescuer`, rescuerPort);
    const processes = [this.victim, this.rescuer];
    const fleet: Fleet = {
      processes,
      // The victim must pass the point. After that, any running process answers.
      targets: () =>
        processes.flatMap((process, index) =>
          process.ready && (this.reachedAtMs !== undefined || process === this.victim) ? [index] : [],
        ),
      timedOut: () => undefined,
      committed: () => undefined,
    };
    const options = { clients: 2, phase: () => 'cell', callTimeoutMs: 2500 };
    this.workload = new Workload(this.model, this.findings, fleet, new Random(database), options);
  }

  async run(): Promise<CellResult> {
    try {
      const { point, fault } = this.cell;
      if (isOfFollower(this.cell)) {
        this.rescuer.start();
        await this.rescuer.untilReady(60_000);
      }
      this.victim.start({ point, hit: 1, action: fault === 'SIGKILL' ? 'kill' : 'stop' });
      await this.victim.untilReady(60_000);
      await this.workload.open({
        accounts: [
          { id: 'origin', deposit: FUNDS },
          { id: 'destination', deposit: FUNDS },
        ],
        next: () => undefined,
      });
      const client = this.workload.one(this.transfer());
      const faultAtMs = await this.atPoint();
      await this.breakAndHeal(faultAtMs);
      this.workload.end(FINAL_MS);
      await client;
      return await this.judge(faultAtMs);
    } finally {
      this.workload.close();
      await Promise.all([this.victim.kill(), this.rescuer.kill()]);
    }
  }

  private transfer(): Transfer {
    const { point, fault } = this.cell;
    return {
      kind: 'transfer',
      key: 'the-transfer',
      copies: 1,
      postings: [{ origin: 'origin', destination: 'destination', amount: isAbortPoint(point) ? 2 * FUNDS : 100 }],
      style: 'body',
      aborts: false,
      ...(isOfCapture(this.cell) && { twoSteps: { expiresInMs: CAPTURED_WITHIN_MS, ending: { kind: 'capture' } } }),
      timeoutMs: fault === 'SIGSTOP past the deadline' ? SHORT_DEADLINE_MS : 2 * TRANSFER_TIMEOUT_MS,
    };
  }

  private reached(): void {
    this.reachedAtMs = Date.now();
  }

  /**
   * Handles an exit that the harness did not ask for. A lost connection or a pause is no reason to exit. The next start
   * finds the work that the exit left behind.
   */
  private exited(asked: boolean): void {
    if (asked) return;
    this.findings.violated('contract', 'the process died by itself');
    this.victim.start();
    this.victim.untilReady(60_000).catch(() => this.findings.violated('contract', 'and did not start again'));
  }

  private async atPoint(): Promise<number> {
    try {
      return await eventually('the crash point is reached', () => this.reachedAtMs, {
        deadlineMs: REACH_MS,
        everyMs: 5,
      });
    } catch {
      return Date.now(); // `reached` says that it was not
    }
  }

  private async breakAndHeal(faultAtMs: number): Promise<void> {
    switch (this.cell.fault) {
      case 'SIGKILL':
        await eventually('the victim is dead', () => (this.victim.running ? undefined : true), { deadlineMs: 30_000 });
        this.victim.start();
        return this.victim.untilReady(60_000);
      case 'database cut':
        await this.world.postgres.cutConnections(this.database);
        return this.victim.resume();
      case 'SIGSTOP past the deadline':
        // The other process starts after the deadline, so that it can only abort an undecided transfer.
        await sleep(Math.max(0, faultAtMs + SHORT_DEADLINE_MS + 100 - Date.now()));
        this.rescuer.start();
        await this.rescuer.untilReady(60_000);
        await this.untilFinal();
        // Now the victim makes its late calls.
        return this.victim.resume();
    }
  }

  private async untilFinal(): Promise<void> {
    const url = this.auditUrl();
    const none = async (): Promise<true | undefined> => ((await pendingCount(url)) === 0 ? true : undefined);
    try {
      await eventually('no transaction is pending', none, { deadlineMs: FINAL_MS, everyMs: 100 });
      this.findings.held('live');
    } catch {
      this.findings.violated('live', `still pending ${FINAL_MS} ms after the fault`);
    }
  }

  private async judge(faultAtMs: number): Promise<CellResult> {
    const { findings, model } = this;
    await this.untilFinal();
    if (this.cell.fault !== 'SIGKILL') await sleep(AFTERMATH_MS);
    await this.workload.replay([...model.records.values()]);
    await this.audit();
    const [outcome] = [...model.records.values()].flatMap(({ operation, outcome }) =>
      operation.kind === 'transfer' && outcome ? [nameOf(outcome)] : [],
    );
    const ended = outcome ?? 'unknown';
    const right = rightEnds(this.cell);
    findings.check('atomic', right.includes(ended), () => `ended as ${ended}, right is ${right.join(' or ')}`);
    return {
      ...this.cell,
      reached: this.reachedAtMs !== undefined,
      ended,
      finalAfterMs: await this.finalAfterMs(faultAtMs),
      evaluations: findings.evaluations(),
      violations: findings.violations,
    };
  }

  private async audit(): Promise<void> {
    const auditor = new Auditor(this.findings, this.model, new Random('audit'), {
      databaseUrl: this.auditUrl(),
      defaultTimeoutMs: TRANSFER_TIMEOUT_MS,
      stuckAfterMs: FINAL_MS,
      quietSinceMs: () => 0,
      staleMs: STALE_MS,
    });
    await auditor.audit();
    await auditor.stop();
    await auditAtRest(this.auditUrl(), this.findings, this.model, auditor.finalStates, STALE_MS);
  }

  private async finalAfterMs(faultAtMs: number): Promise<number> {
    const [row] = await this.world.postgres.query(
      this.database,
      'select max(extract(epoch from finished_at) * 1000) as finished_ms from transactions',
    );
    return Math.max(0, Math.round(Number(row?.['finished_ms'] ?? faultAtMs) - faultAtMs));
  }

  private auditUrl(): string {
    return this.world.postgres.url(this.database, 'stress-audit');
  }
}

export async function runCell(cell: Cell, world: World, database: string, redisIndex: number): Promise<CellResult> {
  const ports = await freePorts(2);
  return new CellRun(cell, world, database, redisIndex, ports).run();
}
