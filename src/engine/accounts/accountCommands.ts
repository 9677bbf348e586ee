import type { AccountCommand } from '../../domain/account/commands';
import type { AccountId } from '../../domain/ids';
import { type HandOver, orHere } from '../handOver';
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

/** A command with everything that another process needs to carry it out. */
export interface CommandWork {
  readonly account: AccountId;
  readonly command: AccountCommand;
  readonly options: AskOptions;
}

/** Commands to accounts that are not part of a transaction. */
export class AccountCommands {
  constructor(
    private readonly accounts: Accounts,
    private readonly commit: GroupCommit<unknown, unknown>,
    private readonly handOver: HandOver<CommandWork, AccountReply>,
  ) {}

  /**
   * Carries out a command once for each key, in the process that leads if it can be reached. The command is durable when
   * the call resolves. Rejects with OverloadedError when too many commands wait, and with UnavailableError when the
   * database is away.
   */
  ask(account: AccountId, command: AccountCommand, options: AskOptions): Promise<AccountReply> {
    const work = { account, command, options };
    return orHere(
      this.handOver(work),
      (reply) => reply,
      () => this.carryOut(work),
    );
  }

  /** As {@link ask}, in this process. */
  carryOut({ account, command, options: { key, isClientsKey, note = {} } }: CommandWork): Promise<AccountReply> {
    return new Promise((resolve, reject) => {
      this.commit.submit(new CommandUnit(this.accounts.of(account), command, key, note, isClientsKey, resolve, reject));
    });
  }
}
