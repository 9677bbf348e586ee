import type { AccountReply } from './accountMessages';
import type { Reply } from './actor';
import type { RequestKey } from './ports';

interface Follower {
  readonly fingerprint: string;
  readonly reply: Reply<AccountReply>;
  /** Carries it out by itself. */
  readonly alone: () => void;
}

/**
 * The keyed requests of one account that are being carried out. A repetition that comes meanwhile follows the first and
 * gets its answer; the database is asked once.
 */
export class RequestsInFlight {
  private readonly followers = new Map<string, Follower[]>();

  /** The reply to carry the request out with, or none when it follows one that is already on its way. */
  lead(request: RequestKey, reply: Reply<AccountReply>, alone: () => void): Reply<AccountReply> | undefined {
    const id = JSON.stringify([request.scope, request.key]);
    const first = this.followers.get(id);
    if (first) {
      first.push({ fingerprint: request.fingerprint, reply, alone });
      return undefined;
    }
    this.followers.set(id, []);
    return {
      resolve: (answer) => {
        reply.resolve(answer);
        for (const follower of this.take(id)) {
          const same = follower.fingerprint === request.fingerprint;
          // The key is not the leader's: another fingerprint may well be the one it belongs to.
          if (!same && answer.kind === 'key-reused') follower.alone();
          else if (!same || answer.kind === 'key-reused') follower.reply.resolve({ kind: 'key-reused' });
          else follower.reply.resolve({ ...answer, replayed: true });
        }
      },
      reject: (error) => {
        reply.reject(error);
        for (const follower of this.take(id)) follower.reply.reject(error);
      },
    };
  }

  private take(id: string): readonly Follower[] {
    const waiting = this.followers.get(id) ?? [];
    this.followers.delete(id);
    return waiting;
  }
}
