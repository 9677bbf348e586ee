import type { AccountRefusal } from '../domain/account/commands';
import type { AccountEvent } from '../domain/account/events';
import type { Decision } from '../domain/decision';
import type { AccountMessage, AccountReply } from './accountMessages';
import type { Reply } from './actor';
import type { AccountEntry, EntryOutcome } from './ports';

/** A command on its way: decided on the state in memory, answered when it is durable. */
export interface Staged {
  readonly message: AccountMessage;
  readonly reply: Reply<AccountReply>;
  /** Later than every message that came before it. */
  readonly ticket: number;
  /** None when there is nothing to write: the answer only waits for what was staged before it. */
  readonly entry?: AccountEntry;
  readonly answer: AccountReply;
}

/** What a decision wants to write, and the answer once that is durable. */
export function stagedOf(
  message: AccountMessage,
  reply: Reply<AccountReply>,
  ticket: number,
  decision: Decision<AccountEvent, AccountRefusal>,
): Staged {
  if (decision.kind === 'refused') {
    const { refusal } = decision;
    const answer: AccountReply = { kind: 'refused', refusal };
    if (message.kind === 'branch') return { message, reply, ticket, answer };
    return { message, reply, ticket, answer, entry: { operation: { ...message.request, refusal } } };
  }
  const answer: AccountReply = { kind: 'done' };
  const [event] = decision.events;
  if (!event) return { message, reply, ticket, answer };
  if (message.kind === 'branch') return { message, reply, ticket, answer, entry: { event, joint: message.joint } };
  const { request, description } = message;
  const operation = description === undefined ? request : { ...request, description };
  return { message, reply, ticket, answer, entry: { event, operation } };
}

/**
 * Takes what may be written together. A refusal that is stored under its key is for good: it must not rest on a write that
 * may yet be left out, so it waits until what is staged before it has landed.
 */
export function takeWritable(staged: Staged[]): Staged[] {
  let changes = false;
  const end = staged.findIndex(({ entry }) => {
    if (changes && entry?.operation?.refusal) return true;
    changes ||= entry?.event !== undefined;
    return false;
  });
  return staged.splice(0, end < 0 ? staged.length : end);
}

/** A refusal that a newer state of the account could take back. */
export function dependsOnFunds(refusal: AccountRefusal): boolean {
  return refusal.kind !== 'branch-aborted' && refusal.kind !== 'protocol-violation';
}

/** The answer of a request whose key was used before: the first one's, if it was the same request. */
export function answerOfKey(
  message: AccountMessage,
  taken: Extract<EntryOutcome, { kind: 'key-taken' }>,
): AccountReply {
  if (message.kind !== 'money' || message.request.fingerprint !== taken.fingerprint || !taken.answer) {
    return { kind: 'key-reused' };
  }
  const { answer } = taken;
  return answer.kind === 'refused'
    ? { kind: 'refused', refusal: answer.refusal, replayed: true }
    : { kind: 'done', balance: answer.balance, held: answer.held, replayed: true };
}
