import type { BranchId } from '../../domain/ids';
import type { BranchCall } from '../../domain/transaction/pendingWork';

export type CallType = BranchCall<unknown, unknown>['type'];

/** A call to a patient branch that got no result so far. A later driver repeats it. */
export interface UnansweredCall {
  readonly branch: BranchId;
  readonly call: CallType;
  /** How many times the call was made. */
  readonly attempts: number;
  /** The result of the last attempt, as text for people. */
  readonly error: string;
}

/** The same call as it is stored. Instants in ISO 8601, of the database's clock. */
export interface StoredCall extends UnansweredCall {
  /** When a driver first gave up on the call. */
  readonly since: string;
  /** When the call is made again. */
  readonly nextAt: string;
  /** Milliseconds until `nextAt` at the time of the read, by the database's clock. Negative when it has passed. */
  readonly nextInMs: number;
}

/** What a driver leaves of the patient branches of a transaction that it could not finish. */
export interface Left {
  /** `delayMs`: how many milliseconds from now the call is made again. */
  readonly unanswered: readonly (UnansweredCall & { readonly delayMs: number })[];
  /** The branches that have carried out the decision. No driver has to tell them again. */
  readonly confirmed: readonly { readonly branch: BranchId; readonly as: 'committed' | 'aborted' }[];
}

export const NOTHING_LEFT: Left = { unanswered: [], confirmed: [] };

/** Ends one driver's attempts at one call. */
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

/** For logs, and for the job that an operator reads. */
export function describeCall({ branch, call, attempts, error }: UnansweredCall): string {
  return `${branch}: ${call}, attempt ${attempts}: ${error}`;
}
