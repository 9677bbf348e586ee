import type { AccountId } from '../domain/ids';
import { AccountActor } from './accountActor';
import type { AccountMessage, AccountReply } from './accountMessages';
import { Actor } from './actor';
import type { AccountStore, Clock, Log } from './ports';

export interface AccountsLimits {
  /** Unanswered messages of one account before it is overloaded. */
  readonly mailboxMax: number;
  /** An actor that had nothing to do for this long is passivated. */
  readonly idleMs: number;
  /** Actors that may be live; over it those that were used longest ago and have nothing to do make room. */
  readonly actorsMax: number;
}

/** How many actors are looked at for one that may go: the ones used longest ago are rarely busy. */
const LOOKED_AT_MAX = 16;

interface Live {
  readonly actor: Actor<AccountMessage, AccountReply>;
  lastUsedMs: number;
}

/** The live account actors of this process: one per account, started on demand, passivated when idle. */
export class Accounts {
  private readonly live = new Map<AccountId, Live>();

  constructor(
    private readonly store: AccountStore,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly limits: AccountsLimits,
  ) {}

  /** How many actors are live. */
  get size(): number {
    return this.live.size;
  }

  /** Messages that are not yet answered, over all accounts. */
  get load(): number {
    let load = 0;
    for (const { actor } of this.live.values()) load += actor.load;
    return load;
  }

  of(id: AccountId): Actor<AccountMessage, AccountReply> {
    const live = this.live.get(id) ?? this.start(id);
    live.lastUsedMs = this.clock.monotonicMs();
    // Last in the map is last used.
    this.live.delete(id);
    this.live.set(id, live);
    if (this.live.size > this.limits.actorsMax) this.makeRoom();
    return live.actor;
  }

  /** Lets go of the actors that were idle for long enough. Their state is the database's; nothing is lost. */
  passivateIdle(): number {
    const before = this.live.size;
    const idleSinceMs = this.clock.monotonicMs() - this.limits.idleMs;
    for (const [id, { actor, lastUsedMs }] of this.live) {
      if (actor.load === 0 && lastUsedMs <= idleSinceMs) this.live.delete(id);
    }
    return before - this.live.size;
  }

  private start(id: AccountId): Live {
    const actor = new Actor<AccountMessage, AccountReply>({
      start: () => new AccountActor(id, this.store),
      mailboxMax: this.limits.mailboxMax,
      onRestart: (error) => this.log.error({ err: error, account: id }, 'account actor restarted'),
    });
    return { actor, lastUsedMs: 0 };
  }

  private makeRoom(): void {
    let looked = 0;
    for (const [id, { actor }] of this.live) {
      if (this.live.size <= this.limits.actorsMax || ++looked > LOOKED_AT_MAX) return;
      if (actor.load === 0) this.live.delete(id);
    }
  }
}
