import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';

/** Every address of a name; rejects when there is none. */
export type LookUp = (name: string) => Promise<readonly LookupAddress[]>;

export interface LookUpLimits {
  /** Names that are looked up at once. */
  readonly atOnce: number;
  /** A name whose look-up takes longer is a slow one. Only one of those is looked up at a time. */
  readonly slowMs: number;
}

const LIMITS: LookUpLimits = { atOnce: 2, slowMs: 1_000 };
/** Slow names that are remembered. */
const SLOW_MAX = 1_000;

const lookUpAll: LookUp = (name) => lookup(name, { all: true });

/**
 * Looks up names of services elsewhere, a few at a time. The look-up of the system reads the hosts file and the search domains, as DNS
 * alone does not; but it takes one of the four threads of libuv until it ends, and cannot be cancelled. So names that nothing answers for would use up the
 * threads with which PostgreSQL and Redis are found.
 */
export class NameLookUps {
  private readonly asked = new Map<string, Promise<readonly LookupAddress[]>>();
  private readonly running = new Set<string>();
  private readonly slow = new Set<string>();
  private waiting: { readonly name: string; readonly begin: () => void }[] = [];

  constructor(
    private readonly lookUp: LookUp = lookUpAll,
    private readonly limits: LookUpLimits = LIMITS,
  ) {}

  /** Those who ask for the same name at the same time share one look-up. Bounded by no time: the caller stops to wait. */
  readonly addressesOf: LookUp = (name) => {
    const asked = this.asked.get(name) ?? this.ask(name);
    this.asked.set(name, asked);
    return asked;
  };

  private async ask(name: string): Promise<readonly LookupAddress[]> {
    await new Promise<void>((begin) => {
      this.waiting.push({ name, begin });
      this.beginNext();
    });
    try {
      return await this.timed(name);
    } finally {
      this.asked.delete(name);
      this.running.delete(name);
      this.beginNext();
    }
  }

  private async timed(name: string): Promise<readonly LookupAddress[]> {
    let isSlow = false;
    const timer = setTimeout(() => {
      isSlow = true;
      if (this.slow.size >= SLOW_MAX) this.slow.clear();
      this.slow.add(name);
    }, this.limits.slowMs).unref();
    try {
      return await this.lookUp(name);
    } finally {
      clearTimeout(timer);
      if (!isSlow) this.slow.delete(name);
    }
  }

  private beginNext(): void {
    this.waiting = this.waiting.filter(({ name, begin }) => {
      if (!this.hasPlaceFor(name)) return true;
      this.running.add(name);
      begin();
      return false;
    });
  }

  private hasPlaceFor(name: string): boolean {
    if (this.running.size >= this.limits.atOnce) return false;
    return !this.slow.has(name) || ![...this.running].some((other) => this.slow.has(other));
  }
}

/** For sockets, which take addresses of either family. */
export function socketLookup(lookUp: LookUp): LookupFunction {
  return (hostname, { all }, callback) => {
    const tell = (error: Error | null, found: readonly LookupAddress[]): void => {
      const [first] = found;
      if (all || !first) callback(error, [...found]);
      else callback(error, first.address, first.family);
    };
    // Out of the promise: what a callback throws is no failure of the look-up.
    lookUp(hostname).then(
      (found) => process.nextTick(tell, null, found),
      (error: unknown) => process.nextTick(tell, error, []),
    );
  };
}
