import { type Reading, startReaders } from '../load/beside';
import { median } from '../load/percentile';
import type { Readers } from '../load/readers';
import type { System } from '../systems';
import type { Beside } from './compare';

/** Readers that run beside each round of a variant, and the answers that they got. */
export class Besides {
  private readonly served: Awaited<ReturnType<Reading['stop']>>[] = [];

  constructor(
    private readonly system: System,
    private readonly readers: Omit<Readers, 'port'>,
  ) {}

  readonly start = async (): Promise<Beside> => {
    const reading = await startReaders({ ...this.readers, port: this.system.processes[0]?.port ?? 0 });
    return {
      stop: async () => {
        this.served.push(await reading.stop());
      },
    };
  };

  /** Medians of the rounds. */
  perSecond(): [answers: string, events: string] {
    const of = (key: keyof (typeof this.served)[number]): string =>
      median(this.served.map((each) => each[key])).toFixed(0);
    return [of('answersPerSecond'), of('eventsPerSecond')];
  }
}
