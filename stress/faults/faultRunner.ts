import { Mutex } from '../../test/kit/mutex';
import type { PostgresServer } from '../../test/kit/postgres';
import type { RedisServer } from '../../test/kit/redis';
import { Crowd, type LockedTable, lockRow } from '../../test/kit/sessions';
import { sleep } from '../../test/kit/wait';
import { Tally } from '../base/tally';
import type { FaultKind } from './kinds';
import type { ScheduledFault } from './schedule';
import type { Supervisor } from './supervisor';

export interface FaultWorld {
  readonly supervisor: Supervisor;
  readonly postgres: PostgresServer;
  readonly database: string;
  readonly redis: RedisServer | undefined;
}

export interface FaultHappened {
  readonly kind: FaultKind;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** Faults that stop more than the process that is hit: server faults, cut connections and pauses. */
export const FAR_REACHING: readonly FaultKind[] = [
  'pause',
  'cut',
  'pg-crash',
  'pg-away',
  'pg-stall',
  'pg-disk',
  'pg-failover',
  'pg-crowd',
  'row-lock',
  'redis-crash',
  'redis-flush',
  'redis-full',
  'redis-readonly',
  'redis-freeze',
];

/** Carries out a schedule. Faults overlap as scheduled, but only one fault at a time happens to one server. */
export class FaultRunner {
  readonly happened: FaultHappened[] = [];
  /** Unfinished transactions at the moment of a fault: "kind, status". */
  readonly met = new Tally();
  /** Faults that were due while the process still had an earlier fault to go through. A slow machine cannot do them all. */
  readonly skipped = new Tally();
  private readonly running = new Set<Promise<void>>();
  private readonly serverLocks = { postgres: new Mutex(), redis: new Mutex() };
  private farReaching = 0;
  private lastCalmMs = 0;
  private lastEndMs = 0;

  constructor(private readonly world: FaultWorld) {}

  get active(): number {
    return this.running.size;
  }

  /** The time since which no far-reaching fault is active; now, if one is. */
  quietSinceMs(): number {
    return this.farReaching > 0 ? Date.now() : this.lastCalmMs;
  }

  /** The time since which no fault at all is active, including kills of processes. */
  restingSinceMs(): number {
    return this.running.size > 0 ? Date.now() : Math.max(this.lastCalmMs, this.lastEndMs);
  }

  /** Starts every fault at its time. Ends early on the signal. */
  async run(schedule: readonly ScheduledFault[], startMs: number, signal: AbortSignal): Promise<void> {
    for (const fault of schedule) {
      const waitMs = startMs + fault.atMs - Date.now();
      if (waitMs > 0) await sleep(waitMs, undefined, { signal }).catch(() => undefined);
      if (signal.aborted) return;
      if (fault.process !== undefined && this.world.supervisor.waiting(fault.process) > 1) {
        this.skipped.add(fault.kind);
        continue;
      }
      const running = this.happen(fault).finally(() => this.running.delete(running));
      this.running.add(running);
    }
  }

  /** Resolves when the started faults are over. */
  async over(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running);
  }

  private async happen(fault: ScheduledFault): Promise<void> {
    const far = FAR_REACHING.includes(fault.kind);
    if (far) this.farReaching += 1;
    await this.countPending(fault.kind);
    const fromMs = Date.now();
    await this.apply(fault);
    this.happened.push({ kind: fault.kind, fromMs, untilMs: Date.now() });
    this.lastEndMs = Date.now();
    if (far) {
      this.farReaching -= 1;
      this.lastCalmMs = Date.now();
    }
  }

  private async apply({ kind, process = 0, lastsMs, bomb, table, anyTime = false }: ScheduledFault): Promise<void> {
    const { supervisor, postgres, database, redis } = this.world;
    switch (kind) {
      case 'kill':
        return supervisor.kill(process, { downMs: lastsMs, anyTime });
      case 'bomb':
        return supervisor.kill(process, { downMs: lastsMs, anyTime, ...(bomb && { bomb }) });
      case 'pause':
        return supervisor.pause(process, lastsMs);
      case 'term':
        return supervisor.terminate(process, lastsMs);
      case 'duplicate':
        return supervisor.duplicateJobs(process);
      case 'cut':
        return this.onServer('postgres', kind, async () => {
          await postgres.cutConnections();
        });
      case 'pg-crash':
        return this.onServer('postgres', kind, async () => {
          await postgres.down('immediate');
          await postgres.up();
        });
      case 'pg-away':
        return this.onServer('postgres', kind, async () => {
          await postgres.down('fast');
          await sleep(lastsMs);
          await postgres.up();
        });
      case 'pg-stall':
        return this.onServer('postgres', kind, () => this.stall(lastsMs));
      case 'pg-disk':
        return this.onServer('postgres', kind, () => this.fillDisk(lastsMs));
      case 'pg-failover':
        return this.onServer('postgres', kind, () => postgres.failOver());
      case 'pg-crowd':
        return this.serverLocks.postgres.run(() =>
          supervisor.startCrowded(process, lastsMs, new Crowd(postgres.url(database, 'stress-crowd'))),
        );
      case 'row-lock':
        return this.lockRow(table ?? 'transactions', lastsMs);
      case 'redis-freeze':
        return this.onServer('redis', kind, async () => {
          redis?.freeze();
          await sleep(lastsMs);
          redis?.thaw();
        });
      case 'redis-full':
        return this.onServer('redis', kind, async () => {
          await redis?.full();
          await sleep(lastsMs);
          await redis?.hasRoom();
        });
      case 'redis-readonly':
        return this.onServer('redis', kind, async () => {
          await redis?.readOnly();
          await sleep(lastsMs);
          await redis?.writable();
        });
      case 'redis-crash':
        return this.onServer('redis', kind, async () => {
          await redis?.kill();
          await sleep(lastsMs);
          await redis?.up();
        });
      case 'redis-flush':
        return this.onServer('redis', kind, async () => redis?.flushAll());
    }
  }

  private async fillDisk(lastsMs: number): Promise<void> {
    const { postgres, supervisor } = this.world;
    const refused = (): number => postgres.logged('No space left on device').length;
    const before = refused();
    postgres.disk?.fill();
    await sleep(lastsMs);
    postgres.disk?.makeRoom();
    supervisor.counters.add('statements that found the disk full', refused() - before);
  }

  private async stall(lastsMs: number): Promise<void> {
    const { postgres, database, supervisor } = this.world;
    const stalled = await postgres.stall(database);
    if (!stalled) return;
    supervisor.counters.add('backends of PostgreSQL stopped');
    await sleep(lastsMs);
    stalled.release();
  }

  /** Runs outside of the server's queue of faults: a lock does not outlive its session, and no other fault waits for it. */
  private async lockRow(table: LockedTable, lastsMs: number): Promise<void> {
    const { postgres, database, supervisor } = this.world;
    try {
      const locked = await lockRow(postgres.url(database, 'stress-lock'), table);
      supervisor.counters.add(`rows locked: ${table}`);
      await sleep(lastsMs);
      await locked.release();
    } catch {
      supervisor.counters.add('rows not locked: the database was away');
    }
  }

  private onServer(server: 'postgres' | 'redis', kind: FaultKind, task: () => Promise<void>): Promise<void> {
    return this.serverLocks[server].run(async () => {
      await task();
      const { supervisor } = this.world;
      for (const index of supervisor.targets()) supervisor.recovery.expect(kind, index, Date.now());
    });
  }

  private async countPending(kind: FaultKind): Promise<void> {
    const { postgres, database } = this.world;
    const text = `select status, count(*)::int as n from transactions
      where status in ('preparing', 'committing', 'aborting') group by status`;
    try {
      for (const { status, n } of await postgres.query(database, text)) {
        this.met.add(`${kind}, ${String(status)}`, Number(n));
      }
    } catch {
      // The database is already away, so the transactions that this fault meets cannot be counted.
      this.met.add(`${kind}, not counted`);
    }
  }
}
