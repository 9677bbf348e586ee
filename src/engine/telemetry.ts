import { type Channel, channel } from 'node:diagnostics_channel';
import type { TransactionStatus } from '../domain/transaction/state';

/** An event that listeners count. Without a listener it costs one check. */
export class Signal<Message> {
  private readonly channel: Channel<unknown, Message>;

  constructor(name: string) {
    this.channel = channel(name) as Channel<unknown, Message>;
  }

  tell(message: () => Message): void {
    if (this.channel.hasSubscribers) this.channel.publish(message());
  }

  /** Returns a function that ends the listening. */
  listen(listener: (message: Message) => void): () => void {
    const heard = (message: unknown): void => listener(message as Message);
    this.channel.subscribe(heard);
    return () => {
      this.channel.unsubscribe(heard);
    };
  }
}

/**
 * This process moved a transaction. `phaseMs` is how long the transaction was in its previous status; undefined when it
 * was created with the new one.
 */
export const transactionMoved = new Signal<{
  readonly from: TransactionStatus;
  readonly to: TransactionStatus;
  /** An AbortReason, if the move decided to abort. */
  readonly reason: unknown;
  readonly phaseMs: number | undefined;
}>('tandem:transaction-moved');

/** This process decided the end of an authorization. `lagMs` is how long after its expiry. */
export const authorizationEnded = new Signal<
  { readonly how: 'captured' | 'voided' } | { readonly how: 'expired'; readonly lagMs: number }
>('tandem:authorization-ended');

/** A call to a branch will be repeated. */
export const branchRetried = new Signal<{
  readonly call: 'prepare' | 'commit' | 'abort';
  readonly cause: 'error' | 'asked';
}>('tandem:branch-retried');

/** A sweep has ended. `resumed` counts the transactions that it resumed. */
export const swept = new Signal<{ readonly resumed: number }>('tandem:swept');

/** A statement of the journal has returned, with this outcome. */
export const journalFlushed = new Signal<{
  readonly rows: number;
  readonly ms: number;
  readonly outcome: 'written' | 'conflict' | 'held' | 'blocked' | 'failed';
}>('tandem:journal-flushed');

/** Work was handed over to the leader, with this result. `lost`: the connection ended before the answer. */
export const workHandedOver = new Signal<{ readonly result: 'answered' | 'declined' | 'failed' | 'lost' }>(
  'tandem:work-handed-over',
);

/** An attempt to deliver an event to a webhook has ended. */
export const webhookAttempted = new Signal<{ readonly result: 'delivered' | 'failed' }>('tandem:webhook-attempted');
