import type { AccountCommand } from '../../domain/account/commands';
import type { AccountId } from '../../domain/ids';
import type { EntryNote } from '../journal/entries';
import type { GroupCommit } from '../journal/groupCommit';
import type { RequestKey } from '../journal/requestKey';
import type { Accounts } from './accounts';
import { type AccountReply, CommandUnit } from './commandUnit';

export interface AskOptions {
  readonly key: RequestKey;
  /** Whether a client chose the key, so that it may have been used before. */
  readonly isClientsKey: boolean;
  readonly note?: EntryNote;
}

/** Commands to accounts that are no part of a transaction. */
export class AccountCommands {
  constructor(
    private readonly accounts: Accounts,
    private readonly commit: GroupCommit<unknown, unknown>,
  ) {}

  /**
   * Carries a command out, durable when it resolves, once for each key. Rejects with OverloadedError when too much waits,
   * with UnavailableError when the database is away.
   */
  ask(id: AccountId, command: AccountCommand, { key, isClientsKey, note = {} }: AskOptions): Promise<AccountReply> {
    return new Promise((resolve, reject) => {
      this.commit.submit(new CommandUnit(this.accounts.of(id), command, key, note, isClientsKey, resolve, reject));
    });
  }
}
