import type { CommandWork } from '../../engine/accounts/accountCommands';
import type { AccountReply } from '../../engine/accounts/commandUnit';
import { type Dependency, hasNotStarted, OverloadedError, UnavailableError } from '../../engine/faults';
import type { HandedOver } from '../../engine/handOver';
import type { NewTransaction } from '../../engine/journal/entries';
import type { CreationReply } from '../../engine/transactions/coordinator';

/** The kinds of work that a process hands over to the leader, each with its answer. */
export interface Works<Q, R> {
  readonly create: { readonly work: NewTransaction<Q, R>; readonly answer: CreationReply<Q, R> };
  readonly command: { readonly work: CommandWork; readonly answer: AccountReply };
}

export type WorkKind = keyof Works<unknown, unknown>;

/** How the leader does each kind of work. */
export type Handlers<Q, R> = {
  readonly [Kind in WorkKind]: (work: Works<Q, R>[Kind]['work']) => Promise<Works<Q, R>[Kind]['answer']>;
};

/** The first item from the leader's side. */
export interface Hello {
  /** Of the process. A process gets a new id with each start. */
  readonly id: string;
  /** Only processes of the same version understand each other's work. */
  readonly version: string;
  readonly leads: boolean;
}

export interface Ask {
  /** Unique on its connection. */
  readonly n: number;
  readonly kind: WorkKind;
  readonly work: unknown;
}

export interface Reply {
  readonly n: number;
  readonly result: Result;
}

export type Result =
  | Exclude<HandedOver<unknown>, { kind: 'lost' }>
  | { readonly kind: 'overloaded'; readonly message: string }
  | { readonly kind: 'unknown'; readonly message: string; readonly away: Dependency }
  | { readonly kind: 'failed'; readonly message: string };

export const DECLINED = { kind: 'declined' } as const;

/** How to tell an error of the leader. Work that did not begin may be done by the other process instead. */
export function resultOf(error: unknown): Result {
  if (error instanceof OverloadedError) return { kind: 'overloaded', message: error.message };
  if (hasNotStarted(error)) return DECLINED;
  if (error instanceof UnavailableError) return { kind: 'unknown', message: error.message, away: error.away };
  return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
}

/** Returns the outcome that a result describes, or throws the leader's error. */
export function handedOver(result: Result): HandedOver<unknown> {
  switch (result.kind) {
    case 'answered':
    case 'declined':
      return result;
    case 'overloaded':
      throw new OverloadedError(result.message);
    case 'unknown':
      throw new UnavailableError(result.message, 'unknown', { away: result.away });
    case 'failed':
      throw new Error(`the leader failed: ${result.message}`);
  }
}
