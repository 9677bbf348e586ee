import type { AccountId } from '../../domain/ids';
import type { Clock } from '../clock';
import { AccountActor, type Pauses } from './accountActor';

export interface AccountsLimits {
  /** An actor that had nothing to do for this long is passivated. */
  readonly idleMs: number;
  /** Actors that may be live. Beyond this number, the actors that were used longest ago and have nothing to do are dropped. */
  readonly actorsMax: number;
}

/** How many actors the search for an idle one looks at. The actors that were used longest ago are rarely busy. */
const LOOKED_AT_MAX = 16;

/** Uses within this time count as one, because one transfer asks for an actor many times. */
const SAME_USE_MS = 100;

interface Live {
  readonly actor: AccountActor;
  lastUsedMs: number;
}

/** The live account actors of this process: one per account, started on demand, passivated when idle. */
export class Accounts {
  private readonly live = new Map<AccountId, Live>();
  private makesRoom = false;

  constructor(
    private readonly clock: Clock,
    private readonly limits: AccountsLimits,
    private readonly pauses?: () => Pauses,
  ) {}

  /** How many actors are live. */
  get size(): number {
    return this.live.size;
  }

  /** Unanswered commands of all accounts. */
  get load(): number {
    let load = 0;
    for (const { actor } of this.live.values()) load += actor.unanswered;
    return load;
  }

  of(id: AccountId): AccountActor {
    const nowMs = this.clock.monotonicMs();
    const live = this.live.get(id);
    if (!live) return this.start(id, nowMs);
    if (nowMs - live.lastUsedMs > SAME_USE_MS) {
      // The map keeps the actors in the order of their last use.
      this.live.delete(id);
      this.live.set(id, live);
      live.lastUsedMs = nowMs;
    }
    return live.actor;
  }

  private start(id: AccountId, nowMs: number): AccountActor {
    const actor = new AccountActor(id, () => this.clock.monotonicMs(), this.pauses);
    this.live.set(id, { actor, lastUsedMs: nowMs });
    if (this.live.size > this.limits.actorsMax) this.makeRoomSoon();
    return actor;
  }

  /** Drops the actors that were idle for long enough. Nothing is lost, because the journal holds their state. */
  passivateIdle(): number {
    const before = this.live.size;
    const idleSinceMs = this.clock.monotonicMs() - this.limits.idleMs;
    for (const [id, { actor, lastUsedMs }] of this.live) {
      if (actor.unanswered === 0 && lastUsedMs <= idleSinceMs) this.live.delete(id);
    }
    return before - this.live.size;
  }

  /** Waits for the end of the current turn, because the caller that just asked for an actor is about to give it work. */
  private makeRoomSoon(): void {
    if (this.makesRoom) return;
    this.makesRoom = true;
    queueMicrotask(() => {
      this.makesRoom = false;
      this.makeRoom();
    });
  }

  private makeRoom(): void {
    let looked = 0;
    for (const [id, { actor }] of this.live) {
      if (this.live.size <= this.limits.actorsMax || ++looked > LOOKED_AT_MAX) return;
      if (actor.unanswered === 0) this.live.delete(id);
    }
  }
}
