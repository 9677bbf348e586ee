import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../kit/ports';
import { type CrashOrder, ServiceProcess, type ServiceReport } from '../kit/serviceProcess';
import { eventually } from '../kit/wait';

const QUICK: Readonly<Record<string, string>> = {
  LOG_LEVEL: 'debug',
  SWEEP_EVERY_MS: '200',
  ORPHANED_AFTER_MS: '500',
};

/** Real processes of the service on one database. Processes that still run end with the test file. */
export class TestServices {
  private readonly processes: ServiceProcess[] = [];
  private readonly directory = mkdtempSync(join(tmpdir(), 'tandem-test-'));
  readonly reports: ServiceReport[] = [];

  constructor(private readonly env: Readonly<Record<string, string>>) {}

  /** Starts a process and waits until it is ready. With an order, it kills or stops itself at that crash point. */
  async start(env: Readonly<Record<string, string>> = {}, order?: CrashOrder): Promise<ServiceProcess> {
    const service = await this.launch(env, order);
    await service.untilReady(60_000);
    return service;
  }

  /** Starts a process without waiting for it. */
  async launch(env: Readonly<Record<string, string>> = {}, order?: CrashOrder): Promise<ServiceProcess> {
    const name = `service-${this.processes.length + 1}`;
    const service = new ServiceProcess(
      { name, port: await freePort(), env: { ...QUICK, ...this.env, ...env }, logFile: join(this.directory, name) },
      { reported: (report) => this.reports.push(report) },
    );
    this.processes.push(service);
    service.start(order);
    return service;
  }

  /** The path of a process's log. */
  logOf(service: ServiceProcess): string {
    return service.settings.logFile;
  }

  async killAll(): Promise<void> {
    await Promise.all(this.processes.map((service) => service.kill()));
  }

  async remove(): Promise<void> {
    await this.killAll();
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export function untilDead(service: ServiceProcess): Promise<true> {
  return eventually('the process is dead', () => (service.running ? undefined : true), { deadlineMs: 60_000 });
}

/** Waits until the process reports that it stops itself at its crash point. */
export function untilStopped(services: TestServices, service: ServiceProcess): Promise<true> {
  const before = services.reports.length;
  return eventually(
    `${service.settings.name} is stopped`,
    () => (services.reports.slice(before).some(({ event }) => event === 'crash-point') ? true : undefined),
    { deadlineMs: 60_000 },
  );
}
