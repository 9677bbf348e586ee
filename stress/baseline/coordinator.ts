import type { Pool } from 'pg';
import type { TransactionState } from '../../src/domain/transaction/state';
import type { TransferQuery, TransferRefusal } from '../../src/domain/transfer';
import type { TransactionRecord } from '../../src/engine/transactions/record';
import { Transaction, type TransactionDeps } from '../../src/engine/transactions/transaction';
import type { HttpDeps } from '../../src/http/deps';
import { type Transferred, transfer } from './transfer';

/** The dependencies of a transaction that is not yet final. The baseline's transactions always are, so they need none. */
const NOTHING_MORE = {} as TransactionDeps<TransferQuery, TransferRefusal>;

/** The naive transfer in the place of the coordinator behind the HTTP layer. Everything in front of it is the service's own code. */
export function createBaselineCoordinator(pool: Pool): HttpDeps['coordinator'] {
  return {
    async create(id, query, branches) {
      const state = stateOf(await transfer(pool, id, query), id, query, branches);
      return { kind: 'created', transaction: new Transaction(id, state, NOTHING_MORE) };
    },
    repeated: () => Promise.resolve(undefined),
    get: () => Promise.resolve(undefined),
  };
}

function stateOf(
  transferred: Transferred,
  id: string,
  query: TransferQuery,
  branches: readonly string[],
): TransactionRecord<TransferQuery, TransferRefusal> {
  const at = transferred.kind === 'committed' ? transferred.at : new Date().toISOString();
  const common = { id, query, branches, askedFirst: 1, isTwoStep: false };
  const isCommitted = transferred.kind === 'committed';
  const state: TransactionState<TransferQuery, TransferRefusal> =
    transferred.kind === 'committed'
      ? { status: 'committed', ...common }
      : {
          status: 'aborted',
          ...common,
          reason: { kind: 'branches', reasons: [{ branch: transferred.refusal.account, reason: transferred.refusal }] },
        };
  return {
    state,
    type: 'transfer',
    progress: branches.map(() => (isCommitted ? 'committed' : 'aborted')),
    unanswered: [],
    attempts: 0,
    history: [{ status: state.status, at }],
    deadlineAt: at,
    remainingMs: 0,
    createdAt: at,
    updatedAt: at,
    finishedAt: at,
  };
}
