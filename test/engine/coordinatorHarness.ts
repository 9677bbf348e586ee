import { Coordinator } from '../../src/engine/coordinator';
import { FinalStatuses } from '../../src/engine/finalStatuses';
import type { RequestKey } from '../../src/engine/ports';
import { sweep } from '../../src/engine/sweep';
import { WakeUpBatcher } from '../../src/engine/wakeUpBatcher';
import { MemoryWakeUps } from '../support/memoryWakeUps';
import { DriverHarness, ID, type Query } from './driverHarness';

export const GRACE_MS = 3_000;
export const LEASE_MS = 5_000;

/** A coordinator of its own over the store and branches of a driver's harness. Several are several processes. */
export class CoordinatorHarness {
  readonly wakeUps = new MemoryWakeUps();
  readonly batcher: WakeUpBatcher;
  readonly finals: FinalStatuses<Query, string>;
  readonly coordinator: Coordinator<Query, string>;

  constructor(readonly world = new DriverHarness()) {
    const { clock, log, store } = world;
    this.batcher = new WakeUpBatcher(this.wakeUps, clock, log, 100);
    this.finals = new FinalStatuses(store, log, { minMs: 2, maxMs: 5 });
    this.coordinator = new Coordinator<Query, string>({
      type: 'test',
      store,
      driver: world.driver(),
      finals: this.finals,
      wakeUps: this.batcher,
      clock,
      log,
      backoff: { initialMs: 100, maxMs: 10_000 },
      graceMs: GRACE_MS,
    });
  }

  /** Wake-ups reach a driver of this process, as jobs do. */
  deliverWakeUps(): void {
    this.wakeUps.onDrive = async (ids) => void (await this.coordinator.drive(ids, { repeats: false }));
    this.wakeUps.onResume = async (resumptions) =>
      void (await this.coordinator.drive(
        resumptions.map(({ id }) => id),
        { repeats: true },
      ));
  }

  async create(options: { timeoutMs?: number; key?: RequestKey; id?: string } = {}) {
    const { timeoutMs = 10_000, key, id = ID } = options;
    return this.coordinator.create(id, { asks: 'anything' }, ['a', 'b'], { timeoutMs, ...(key && { key }) });
  }

  async created(options: { timeoutMs?: number; id?: string } = {}) {
    const creation = await this.create(options);
    if (creation.kind === 'key-reused') throw new Error('the key was used');
    return creation.transaction;
  }

  sweep(batchMax = 10): Promise<number> {
    return sweep(this.world.store, this.wakeUps, this.world.log, { batchMax, leaseMs: LEASE_MS });
  }
}
