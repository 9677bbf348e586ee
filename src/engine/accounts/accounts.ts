import type { AccountId } from '../../domain/ids';
import type { Clock } from '../clock';
import { AccountActor, type Pauses } from './accountActor';

export interface AccountsLimits {
  /** An actor that had nothing to do for this long is passivated. */
  readonly idleMs: number;
  /** Actors that may be live; over it those that were used longest ago and have nothing to do make room. */
  readonly actorsMax: number;
}

/** How many actors are looked at for one that may go: the ones used longest ago are rarely busy. */
const LOOKED_AT_MAX = 16;

/** One transfer asks for an actor many times: uses so close to each other count as one. */
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

  /** Commands that are not yet answered, over all accounts. */
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
      // Last in the map is last used.
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

  /** Lets go of the actors that were idle for long enough. Their state is the journal's; nothing is lost. */
  passivateIdle(): number {
    const before = this.live.size;
    const idleSinceMs = this.clock.monotonicMs() - this.limits.idleMs;
    for (const [id, { actor, lastUsedMs }] of this.live) {
      if (actor.unanswered === 0 && lastUsedMs <= idleSinceMs) this.live.delete(id);
    }
    return before - this.live.size;
  }

  /** After the current turn: an actor that was asked for a moment ago is about to be given its work. */
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
