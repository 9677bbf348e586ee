import type { BranchId } from '../../domain/ids';
import type { BranchCall } from '../../domain/transaction/pendingWork';

export type CallType = BranchCall<unknown, unknown>['type'];

/** A call to a patient branch that has come to nothing so far, and that a later driver makes again. */
export interface UnansweredCall {
  readonly branch: BranchId;
  readonly call: CallType;
  /** How often it was made. */
  readonly attempts: number;
  /** What the last attempt came to, for people. */
  readonly error: string;
}

/** The same as it is stored. Instants in ISO 8601, of the database's clock. */
export interface StoredCall extends UnansweredCall {
  /** When the first attempt was given up. */
  readonly since: string;
  /** When it is made again. */
  readonly nextAt: string;
  /** Milliseconds until then when it was read, by the database's clock; negative when that is past. */
  readonly nextInMs: number;
}

/** What a driver leaves of the patient branches of a transaction that it could not finish. */
export interface Left {
  /** `delayMs`: how long from now the call is made again. */
  readonly unanswered: readonly (UnansweredCall & { readonly delayMs: number })[];
  /** Those that have heard the decision: no driver has to tell them again. */
  readonly confirmed: readonly { readonly branch: BranchId; readonly as: 'committed' | 'aborted' }[];
}

export const NOTHING_LEFT: Left = { unanswered: [], confirmed: [] };

/** Ends the attempts of one driver at one call. */
export class LeftForLater extends Error {
  override readonly name = 'LeftForLater';

  constructor(
    readonly left: Left['unanswered'][number],
    /** No attempt can succeed: an operator has to decide. */
    readonly isTerminal = false,
  ) {
    super(left.error);
  }
}

/** For logs, and for the job that an operator looks at. */
export function describeCall({ branch, call, attempts, error }: UnansweredCall): string {
  return `${branch}: ${call}, attempt ${attempts}: ${error}`;
}
