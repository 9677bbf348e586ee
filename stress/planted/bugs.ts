/** One replacement in a compiled file of the service; `find` must stand there exactly once. */
export interface Patch {
  /** Below dist/src. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Bug {
  /** For the report: what was broken. */
  readonly what: string;
  readonly patches: readonly Patch[];
  /** Faults per minute under which it must be found. */
  readonly faults: string;
}

const DECIDE = 'domain/account/decide.js';
const EVOLVE = 'domain/account/evolve.js';
const ACTOR = 'engine/accountActor.js';
const ACCOUNT_SQL = 'adapters/postgres/accountSql.js';
const TRANSACTION_SQL = 'adapters/postgres/transactionSql.js';

/**
 * Mistakes that this kind of service makes, each as a patch of the compiled service that is applied while a process
 * loads it. A patch that no longer fits stops the process with an error: a bug that is not planted is never counted.
 */
export const BUGS: Readonly<Record<string, Bug>> = {
  'no-tombstone': {
    what: 'an abort that finds no branch leaves no mark, so a late prepare holds funds for ever',
    faults: 'none,kill=20',
    patches: [
      {
        file: DECIDE,
        find: "(0, decision_1.accept)({ type: 'BranchTombstoned', transactionId })",
        replace: '(0, decision_1.accept)()',
      },
    ],
  },
  'no-compare-and-set': {
    what: 'a status is written without comparing the one it starts from: the later decision wins',
    faults: 'none,kill=20,duplicate=60',
    patches: [
      {
        file: TRANSACTION_SQL,
        find: 'where t.id = m.id and t.status = m.status_from',
        replace: 'where t.id = m.id',
      },
      {
        file: ACCOUNT_SQL,
        find: 'where t.id = m.id and t.status = m.status_from',
        replace: 'where t.id = m.id',
      },
      { file: ACCOUNT_SQL, find: ' and own.status = moving.status_from', replace: '' },
    ],
  },
  'double-credit': {
    what: 'a repeated commit of an incoming branch credits it again',
    faults: 'none,kill=20,duplicate=60',
    patches: [
      {
        file: DECIDE,
        find: "case 'committed':\n            return (0, decision_1.accept)();\n        case 'aborted':\n        case 'tombstone':\n            return violation('commit of",
        replace:
          "case 'committed':\n            return branch.direction === 'credit' ? (0, decision_1.accept)({ type: 'BranchCommitted', " +
          'transactionId: command.transactionId, direction: branch.direction, amount: branch.amount }) : ' +
          "(0, decision_1.accept)();\n        case 'aborted':\n        case 'tombstone':\n            return violation('commit of",
      },
      {
        file: ACCOUNT_SQL,
        find: 'branch_state is not distinct from state_from',
        replace:
          "(branch_state is not distinct from state_from or branch_state = 'committed' and state_to = 'committed')",
      },
      { file: ACCOUNT_SQL, find: 'and incoming_after >= 0', replace: '' },
      { file: ACCOUNT_SQL, find: 'incoming = c.incoming_after', replace: 'incoming = greatest(0, c.incoming_after)' },
    ],
  },
  'lost-hold': {
    what: 'a prepared outgoing branch holds nothing, so the same funds are promised twice',
    faults: 'none,kill=20',
    patches: [
      {
        file: EVOLVE,
        find: "event.direction === 'debit' ? { ...NOTHING, held: event.amount }",
        replace: "event.direction === 'debit' ? NOTHING",
      },
      { file: EVOLVE, find: 'held: -event.amount, incoming: 0n', replace: 'held: 0n, incoming: 0n' },
      { file: EVOLVE, find: '{ ...NOTHING, held: -event.amount }', replace: 'NOTHING' },
    ],
  },
  'restarting-timer': {
    what: 'whoever takes over a transaction starts its deadline anew',
    faults: 'none,kill=30,bomb=30',
    patches: [
      {
        file: TRANSACTION_SQL,
        find: ')\nupdate transactions\nset attempts = attempts + 1',
        replace:
          ")\nupdate transactions\nset deadline_at = clock_timestamp() + interval '5 s', attempts = attempts + 1",
      },
    ],
  },
  'lost-wake-up': {
    what: 'nobody looks for transactions that lost their driver: the sweep finds nothing',
    faults: 'none,kill=30,bomb=30',
    patches: [{ file: TRANSACTION_SQL, find: 'limit $1\n', replace: 'limit 0 * $1\n' }],
  },
  'one-pending-transfer': {
    what: 'an account remembers one pending transfer: the next drops it, and its commit is a silent no-op',
    faults: 'none,kill=20',
    patches: [
      {
        file: ACTOR,
        find: "message.kind === 'branch' && this.needsBranch(",
        replace: "message.kind === 'branch' && message.command.type !== 'CommitBranch' && this.needsBranch(",
      },
      {
        file: ACTOR,
        find: "if (event && 'transactionId' in event)",
        replace:
          "if (event?.type === 'BranchPrepared')\n            this.branches.forgetAll();\n        if (event && 'transactionId' in event)",
      },
      {
        file: DECIDE,
        find: "return violation('commit of a branch that was never prepared')",
        replace: 'return (0, decision_1.accept)()',
      },
    ],
  },
};
