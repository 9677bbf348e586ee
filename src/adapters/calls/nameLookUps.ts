import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';

/** Resolves to every address of a name; rejects when there is none. */
export type LookUp = (name: string) => Promise<readonly LookupAddress[]>;

export interface LookUpLimits {
  /** Look-ups in flight at once. */
  readonly atOnce: number;
  /** A name whose look-up takes longer is slow. Only one slow name is looked up at a time. */
  readonly slowMs: number;
}

const LIMITS: LookUpLimits = { atOnce: 2, slowMs: 1_000 };
/** How many slow names are remembered. */
const SLOW_MAX = 1_000;

const lookUpAll: LookUp = (name) => lookup(name, { all: true });

/**
 * Looks up names of remote services, a few at a time. The system's look-up reads the hosts file and the search domains,
 * which plain DNS does not. But each look-up holds one of libuv's four threads until it ends, and cannot be cancelled.
 * Without a limit, names that no server answers for would use up the threads that find PostgreSQL and Redis.
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

  /** Concurrent callers for one name share one look-up. It has no timeout: the caller stops waiting. */
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

/** A `lookup` for sockets, which accept addresses of either family. */
export function socketLookup(lookUp: LookUp): LookupFunction {
  return (hostname, { all }, callback) => {
    const tell = (error: Error | null, found: readonly LookupAddress[]): void => {
      const [first] = found;
      if (all || !first) callback(error, [...found]);
      else callback(error, first.address, first.family);
    };
    // Called outside the promise chain: an error thrown by a callback is no failure of the look-up.
    lookUp(hostname).then(
      (found) => process.nextTick(tell, null, found),
      (error: unknown) => process.nextTick(tell, error, []),
    );
  };
}
