import type { AccountRefusal, BranchCommand, MoneyCommand } from '../domain/account/commands';
import type { JointMove } from './jointMove';
import type { RequestKey } from './ports';

export type AccountMessage =
  | { readonly kind: 'branch'; readonly command: BranchCommand; readonly joint?: JointMove | undefined }
  | {
      readonly kind: 'money';
      readonly command: MoneyCommand;
      readonly request: RequestKey;
      /** Kept in the journal beside the entry. */
      readonly description?: string;
    };

export type AccountReply =
  /** Durable. `balance` and `held` are those right after this command; a branch command reports none. */
  | { readonly kind: 'done'; readonly balance?: bigint; readonly held?: bigint; readonly replayed?: boolean }
  | { readonly kind: 'refused'; readonly refusal: AccountRefusal; readonly replayed?: boolean }
  | { readonly kind: 'key-reused' };
