import { type Channel, channel } from 'node:diagnostics_channel';
import type { TransactionStatus } from '../domain/transaction/state';

/** Something worth counting. Costs one check without a listener. */
export class Signal<Message> {
  private readonly channel: Channel<unknown, Message>;

  constructor(name: string) {
    this.channel = channel(name) as Channel<unknown, Message>;
  }

  tell(message: () => Message): void {
    if (this.channel.hasSubscribers) this.channel.publish(message());
  }

  /** Returns what ends it. */
  listen(listener: (message: Message) => void): () => void {
    const heard = (message: unknown): void => listener(message as Message);
    this.channel.subscribe(heard);
    return () => {
      this.channel.unsubscribe(heard);
    };
  }
}

/** A transaction that this process moved on, and how long it was in the status before. */
export const transactionMoved = new Signal<{
  readonly from: TransactionStatus;
  readonly to: TransactionStatus;
  /** An AbortReason, when it was decided to abort. */
  readonly reason: unknown;
  readonly phaseMs: number;
}>('tandem:transaction-moved');

/** An authorization whose end this process decided, and for an expiry how long after its instant. */
export const authorizationEnded = new Signal<
  { readonly how: 'captured' | 'voided' } | { readonly how: 'expired'; readonly lagMs: number }
>('tandem:authorization-ended');

/** A call to a branch that will be repeated. */
export const branchRetried = new Signal<{
  readonly call: 'prepare' | 'commit' | 'abort';
  readonly cause: 'error' | 'asked';
}>('tandem:branch-retried');

/** A sweep that has ended, and how many transactions it resumed. */
export const swept = new Signal<{ readonly resumed: number }>('tandem:swept');

/** A statement of the journal that came back, with what became of it. */
export const journalFlushed = new Signal<{
  readonly rows: number;
  readonly ms: number;
  readonly outcome: 'written' | 'conflict' | 'held' | 'blocked' | 'failed';
}>('tandem:journal-flushed');

/** An attempt to deliver an event to a webhook. */
export const webhookAttempted = new Signal<{ readonly result: 'delivered' | 'failed' }>('tandem:webhook-attempted');
