import type { TransferQuery, TransferRefusal } from '../../domain/transfer';
import type { FeedEvent, TransactionChange } from '../../engine/feed/store';
import { mayUse } from '../auth/access';
import { mayRead } from '../auth/transferAccess';
import type { Caller } from '../requests/caller';
import { cursorText, type EventView } from '../schemas/events';
import { viewErrors } from './branchView';
import { ownPartOfChange } from './ownPart';
import { isObject, viewQuery, viewReason } from './transferView';

export type TransferFeedEvent = FeedEvent<TransferQuery, TransferRefusal>;

/** An event as clients see it. */
export function viewEvent(event: TransferFeedEvent): EventView {
  const { at, version } = event;
  const common = { cursor: cursorText(event.cursor), at, version };
  if ('account' in event) return { ...common, type: event.type, account: event.account };
  return { ...common, type: event.type, transferId: event.id, ...viewTransaction(event) };
}

function viewTransaction({ type, transaction }: TransactionChange<TransferQuery, TransferRefusal>) {
  if (!transaction) return {};
  const { query, metadata, requestedBy, expiresAt, reason, errors } = transaction;
  const { captured, ...asked } = query;
  const isCommitted = type === 'transfer.committed';
  return {
    // The captured amounts are unknown until the decision.
    ...viewQuery(isCommitted && captured ? { ...asked, captured } : asked, isCommitted, expiresAt),
    ...(query.participants && {
      participants: query.participants.map(({ participant, branch }) => ({ participant, branch })),
    }),
    ...(isObject(metadata) && { metadata }),
    ...(requestedBy !== undefined && { requestedBy }),
    ...(reason && { reason: viewReason(reason, query) }),
    ...(errors && { errors: viewErrors(errors) }),
  };
}

/**
 * The part of the event that the caller may see; undefined if none. The access rules of the transfer or account apply.
 */
export function seenBy(caller: Caller, event: TransferFeedEvent): TransferFeedEvent | undefined {
  if ('account' in event) return mayUse(caller, event.account) ? event : undefined;
  if (caller.role !== 'owner') return event;
  const { transaction } = event;
  if (!transaction || !mayRead(caller, transaction.query)) return undefined;
  return { ...event, transaction: ownPartOfChange(transaction, caller.owner) };
}

/** Whether the event is about this account, or a transfer from or to it. */
export function isAbout(account: string, event: TransferFeedEvent): boolean {
  if ('account' in event) return event.account === account;
  return (
    event.transaction?.query.postings.some(
      ({ origin, destination }) => origin === account || destination === account,
    ) ?? false
  );
}
