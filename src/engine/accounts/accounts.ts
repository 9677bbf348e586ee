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

/** A live actor, in a list of all that are live in the order of their last use. */
interface Live {
  readonly actor: AccountActor;
  lastUsedMs: number;
  older: Live | undefined;
  newer: Live | undefined;
}

/** The live account actors of this process: one per account, started on demand, passivated when idle. */
export class Accounts {
  private readonly live = new Map<AccountId, Live>();
  /**
   * The ends of the list. The order of the map would serve, but the search for the oldest actor would pass over all
   * entries that were deleted before it.
   */
  private oldest: Live | undefined;
  private newest: Live | undefined;
  private makesRoom = false;
  private readonly nowMs = (): number => this.clock.monotonicMs();

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
      this.unlink(live);
      this.link(live);
      live.lastUsedMs = nowMs;
    }
    return live.actor;
  }

  private start(id: AccountId, nowMs: number): AccountActor {
    const actor = new AccountActor(id, this.nowMs, this.pauses);
    const live: Live = { actor, lastUsedMs: nowMs, older: undefined, newer: undefined };
    this.live.set(id, live);
    this.link(live);
    if (this.live.size > this.limits.actorsMax) this.makeRoomSoon();
    return actor;
  }

  /** Drops the actors that were idle for long enough. Nothing is lost, because the journal holds their state. */
  passivateIdle(): number {
    const before = this.live.size;
    const idleSinceMs = this.clock.monotonicMs() - this.limits.idleMs;
    for (let live = this.oldest; live && live.lastUsedMs <= idleSinceMs; live = live.newer) this.dropIfIdle(live);
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
    for (let live = this.oldest; live; live = live.newer) {
      if (this.live.size <= this.limits.actorsMax || ++looked > LOOKED_AT_MAX) return;
      this.dropIfIdle(live);
    }
  }

  private dropIfIdle(live: Live): void {
    if (live.actor.unanswered > 0) return;
    this.live.delete(live.actor.id);
    this.unlink(live);
  }

  private link(live: Live): void {
    live.older = this.newest;
    live.newer = undefined;
    if (this.newest) this.newest.newer = live;
    else this.oldest = live;
    this.newest = live;
  }

  /** Leaves the neighbours of the dropped actor as they were in it, so that a walk that dropped it goes on. */
  private unlink({ older, newer }: Live): void {
    if (older) older.newer = newer;
    else this.oldest = newer;
    if (newer) newer.older = older;
    else this.newest = older;
  }
}
