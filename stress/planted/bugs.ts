import { STEP_BY_STEP } from '../../test/kit/serviceProcess';

/** One replacement in a compiled file of the service. The file must contain `find` exactly once. */
export interface Patch {
  /** Relative to dist/src. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Bug {
  /** For the report: what the bug breaks. */
  readonly what: string;
  readonly patches: readonly Patch[];
  /** Faults per minute under which the search must find the bug. */
  readonly faults: string;
  /** More configuration of the service: a failure between two calls shows only if each of them is durable before the next. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Readers of the feed that never rest, for a bug that shows only for an instant. */
  readonly eagerReaders?: number;
  /** Some transactions commit late, for a bug that shows only between two commits. */
  readonly lateCommits?: boolean;
}

const DECIDE_BRANCH = 'domain/account/decideBranch.js';
const EVOLVE = 'domain/account/evolve.js';
const FOLD = 'engine/journal/fold.js';
const PENDING_WORK = 'domain/transaction/pendingWork.js';
const DECIDE = 'domain/transaction/decide.js';
const TRANSACTION_EVOLVE = 'domain/transaction/evolve.js';
const TRANSACTION = 'engine/transactions/transaction.js';
const ACTOR = 'engine/accounts/accountActor.js';
const BRANCH_UNIT = 'engine/accounts/branchUnit.js';
const APPEND = 'adapters/postgres/journal/append.js';
const ROWS = 'adapters/postgres/journal/rows.js';
const FEED_HORIZON = 'adapters/postgres/reads/feedHorizon.js';
const EVENTS_ROUTE = 'http/routes/events.js';
const TRANSACTION_SQL = 'adapters/postgres/transactions/transactionSql.js';

/** Many small statements at the same time, so that one often commits before another that began earlier. */
export const MANY_STATEMENTS = {
  GROUP_COMMIT_ROWS_MAX: '1',
  GROUP_COMMIT_STATEMENTS_MAX: '8',
  GROUP_COMMIT_BESIDE_MIN: '1',
};

export const EAGER_READERS = 4;

/**
 * Mistakes that this kind of service makes. Each is a patch of the compiled service that a process applies while it
 * loads the service. A patch that no longer fits stops the process with an error, so a bug that was not planted never
 * counts.
 */
export const BUGS: Readonly<Record<string, Bug>> = {
  'no-tombstone': {
    what: 'an abort that finds no branch leaves no mark, so a late prepare holds funds without end',
    faults: 'none,kill=20',
    settings: STEP_BY_STEP,
    patches: [
      {
        file: DECIDE_BRANCH,
        find: "(0, decision_1.accept)({ kind: 'tombstone', transactionId })",
        replace: '(0, decision_1.accept)()',
      },
    ],
  },
  'no-compare-and-set': {
    what: 'a status is written without comparing the one it starts from: the later decision wins',
    faults: 'none,kill=20,duplicate=60',
    settings: STEP_BY_STEP,
    patches: [
      { file: APPEND, find: 'where t.id = m.id and t.status = m.status_from\n', replace: 'where t.id = m.id\n' },
    ],
  },
  'double-credit': {
    what: 'a repeated commit of an incoming branch credits it again',
    faults: 'none,kill=20,duplicate=60',
    settings: STEP_BY_STEP,
    patches: [
      {
        file: DECIDE_BRANCH,
        find: "case 'committed':\n            return (0, decision_1.accept)();\n        case 'aborted':\n            return violation('commit of",
        replace:
          "case 'committed':\n            return { kind: 'accepted', events: applied(transactionId, { held: 0n, incoming: 0n }, " +
          "lines.filter((line) => line.direction === 'in')) };\n        case 'aborted':\n            return violation('commit of",
      },
    ],
  },
  'lost-hold': {
    what: 'a prepared outgoing branch holds nothing, so the same funds are promised twice',
    faults: 'none,kill=20',
    patches: [
      { file: EVOLVE, find: 'add(account, 0n, event.amount, 0n)', replace: 'add(account, 0n, 0n, 0n)' },
      {
        file: EVOLVE,
        find: 'add(account, -event.amount, -event.promised, 0n)',
        replace: 'add(account, -event.amount, 0n, 0n)',
      },
      { file: EVOLVE, find: 'add(account, 0n, -event.amount, 0n)', replace: 'add(account, 0n, 0n, 0n)' },
    ],
  },
  'restarting-timer': {
    what: 'a process that takes over a transaction starts its deadline again',
    faults: 'none,kill=30,bomb=30',
    settings: STEP_BY_STEP,
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
    what: 'nothing looks for transactions that lost their driver: the sweep finds none',
    faults: 'none,kill=30,bomb=30',
    patches: [{ file: TRANSACTION_SQL, find: 'limit $1\n', replace: 'limit 0 * $1\n' }],
  },
  'one-pending-transfer': {
    what: 'an account remembers one pending transfer: the next drops it, and its commit is a silent no-op',
    faults: 'none,kill=20',
    patches: [
      {
        file: ACTOR,
        find: "if (state.state === 'prepared') {",
        replace: "if (state.state === 'prepared') {\n            if (!this.open.has(id)) this.open.clear();",
      },
      { file: BRANCH_UNIT, find: 'if (this.actor.branch(this.transactionId))', replace: 'if (true)' },
      {
        file: DECIDE_BRANCH,
        find: "return violation('commit of a branch that was never prepared')",
        replace: 'return (0, decision_1.accept)()',
      },
    ],
  },
  'conflict-leaves-a-hole': {
    what: 'an account that another process wrote goes on one number too far',
    faults: 'none,kill=20',
    patches: [
      {
        file: ACTOR,
        find: 'this.seq = seq;',
        replace: 'this.seq = this.durableSeq !== undefined && seq > this.durableSeq ? seq + 1 : seq;',
      },
    ],
  },
  'unchecked-refusal': {
    what: 'a refusal is not checked against the version that it rests on: another process may have paid in since',
    faults: 'none',
    patches: [{ file: FOLD, find: 'if (seq === before)', replace: 'if (false)' }],
  },
  'part-left-out': {
    what: 'a part of a transaction is left out of the statement and the rest written',
    faults: 'none',
    patches: [
      {
        file: APPEND,
        find: "columns.unnest('e', values, sorted(batch.entries),",
        replace:
          "columns.unnest('e', values, sorted(batch.entries).filter((entry) => entry.kind !== 'receive' || entry.seq % 50 !== 0),",
      },
    ],
  },
  'credits-first': {
    what: 'credits are asked before debits: a payer without money takes up the room of others',
    faults: 'none',
    settings: STEP_BY_STEP,
    patches: [
      {
        file: PENDING_WORK,
        find: 'const first = branches.slice(0, askedFirst)',
        replace: 'const first = branches',
      },
    ],
  },
  'capture-after-expiry': {
    what: 'a capture after expiry is taken',
    faults: 'none',
    patches: [
      {
        file: APPEND,
        find: "m.guard = 'before-expiry' and t.expires_at > (select at from clock)",
        replace: "m.guard = 'before-expiry'",
      },
      {
        file: TRANSACTION,
        find: "command.type === 'Capture' && (0, record_1.hasExpired)(record)",
        replace: 'false',
      },
    ],
  },
  'part-keeps-the-rest': {
    what: 'a capture in part keeps the rest held',
    faults: 'none',
    patches: [
      {
        file: DECIDE_BRANCH,
        find: 'promised: toSpend, posting });\n        toSpend = 0n;',
        replace:
          'promised: amount < toSpend ? amount : toSpend, posting });\n        toSpend -= amount < toSpend ? amount : toSpend;',
      },
    ],
  },
  'posting-applied-twice': {
    what: 'one posting of several is applied twice',
    faults: 'none',
    patches: [
      {
        file: DECIDE_BRANCH,
        find: "events.push({ kind: 'receive', transactionId, amount, promised: toReceive, posting });",
        replace:
          "events.push({ kind: 'receive', transactionId, amount, promised: toReceive, posting });\n" +
          "        if (posting === 1) events.push({ kind: 'receive', transactionId, amount, promised: 0n, posting });",
      },
    ],
  },
  'void-after-capture': {
    what: 'a void after a capture releases what is to be moved',
    faults: 'none',
    patches: [
      {
        file: DECIDE,
        find: "case 'Void':\n            return state.status === 'authorized'",
        replace: "case 'Void':\n            return state.status === 'authorized' || state.status === 'committing'",
      },
      {
        file: TRANSACTION_EVOLVE,
        find: "case 'AbortDecided':\n            return isUndecided(state)",
        replace: "case 'AbortDecided':\n            return isUndecided(state) || state.status === 'committing'",
      },
    ],
  },
  'feed-without-horizon': {
    what: 'the feed is read up to its end: what commits late, in front of what was read, is skipped',
    faults: 'none',
    settings: { ...STEP_BY_STEP, ...MANY_STATEMENTS },
    eagerReaders: EAGER_READERS,
    lateCommits: true,
    patches: [
      {
        file: FEED_HORIZON,
        find: 'where not exists (select from harmless h where h.transactionid = cast(running as xid))',
        replace: 'where false',
      },
    ],
  },
  'open-not-in-index': {
    what: 'a promise of a branch that stays open is left out of the index of branches',
    faults: 'none,kill=20',
    settings: STEP_BY_STEP,
    patches: [{ file: ROWS, find: 'committed.has(transactionId)', replace: 'true' }],
  },
  'stream-begins-now': {
    what: 'a stream that is resumed begins now, and not where its reader was',
    faults: 'none',
    patches: [
      {
        file: EVENTS_ROUTE,
        find: "lastId !== '' ? (0, events_2.readCursor)(lastId)",
        replace: "lastId !== '' ? await placeOf('latest')",
      },
    ],
  },
};
