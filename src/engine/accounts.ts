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
}

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
      start: () => AccountActor.start(id, this.store),
      mailboxMax: this.limits.mailboxMax,
      onRestart: (error) => this.log.error({ err: error, account: id }, 'account actor restarted'),
    });
    const live: Live = { actor, lastUsedMs: 0 };
    this.live.set(id, live);
    return live;
  }
}
