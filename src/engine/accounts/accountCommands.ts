import type { AccountCommand } from '../../domain/account/commands';
import type { AccountId } from '../../domain/ids';
import type { EntryNote } from '../journal/entries';
import type { GroupCommit } from '../journal/groupCommit';
import type { RequestKey } from '../journal/requestKey';
import type { Accounts } from './accounts';
import { type AccountReply, CommandUnit } from './commandUnit';

export interface AskOptions {
  readonly key: RequestKey;
  /** Whether a client chose the key. Such a key may have been used before. */
  readonly isClientsKey: boolean;
  readonly note?: EntryNote;
}

/** Commands to accounts that are not part of a transaction. */
export class AccountCommands {
  constructor(
    private readonly accounts: Accounts,
    private readonly commit: GroupCommit<unknown, unknown>,
  ) {}

  /**
   * Carries out a command once for each key. The command is durable when the call resolves. Rejects with
   * OverloadedError when too many commands wait, and with UnavailableError when the database is away.
   */
  ask(id: AccountId, command: AccountCommand, { key, isClientsKey, note = {} }: AskOptions): Promise<AccountReply> {
    return new Promise((resolve, reject) => {
      this.commit.submit(new CommandUnit(this.accounts.of(id), command, key, note, isClientsKey, resolve, reject));
    });
  }
}
