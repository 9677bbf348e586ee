import type { Edit } from '../kit/stockProcess';

export interface PlantedBug {
  readonly bug: string;
  /** What must be named. */
  readonly rule: string;
  /** What the bug breaks besides: no participant can have it and keep these. */
  readonly also: readonly string[];
  readonly edits: readonly Edit[];
}

/** Work that takes as long as real work may. */
const SLOWLY: Edit = { from: "await db.query('begin');", to: "await db.query('begin; select pg_sleep(0.02)');" };
const slowly = (bug: PlantedBug): PlantedBug => ({ ...bug, edits: [...bug.edits, SLOWLY] });

const plant = (rule: string, bug: string, from: string, to: string, also: readonly string[] = []): PlantedBug => ({
  bug,
  rule,
  also,
  edits: [{ from, to }],
});

const PREPARED_BEFORE = `(await stateOf(db, key)) === 'aborted' ? refused`;
const COMMITTED_BEFORE = `return state === 'committed' ? done : refused('aborted', 'It was aborted');`;
const ABORTED_BEFORE = `(await stateOf(db, key)) === 'committed' ? refused`;
const RELEASE = 'if (rows[0].item !== null) await db.query(back, [rows[0].item, rows[0].quantity]);';
const SIGNED = 'if (!isSigned(request.headers, text)) return { status: 401 };';
const KEY = 'calls[call](db, [transaction, branch], payload)';

/** For each rule at least one participant that breaks it: the example with one thing done as people do it. */
export const PLANTED_BUGS: readonly PlantedBug[] = [
  plant(
    'prepare-repeated',
    'takes a repeated prepare for a conflict',
    PREPARED_BEFORE,
    `(await stateOf(db, key)) !== 'committed' ? refused`,
    ['at-once', 'connection-cut'],
  ),
  plant(
    'commit-repeated',
    'takes a repeated commit for a conflict',
    COMMITTED_BEFORE,
    `return refused(state, 'It is over');`,
    ['prepare-after-commit', 'abort-after-commit', 'at-once', 'connection-cut'],
  ),
  plant(
    'abort-repeated',
    'takes a repeated abort for a conflict',
    ABORTED_BEFORE,
    `(await stateOf(db, key)) !== undefined ? refused`,
    ['abort-before-prepare', 'commit-after-abort', 'at-once', 'connection-cut', 'prepare-abort-race', 'refusal'],
  ),
  plant(
    'prepare-after-commit',
    'refuses to prepare what is committed',
    PREPARED_BEFORE,
    `(await stateOf(db, key)) !== 'prepared' ? refused`,
    ['connection-cut'],
  ),
  plant(
    'prepare-after-abort',
    'forgets a branch that it has released',
    RELEASE,
    `if (rows[0].item !== null) {
       await db.query(back, [rows[0].item, rows[0].quantity]);
       await db.query('delete from branches where transaction = $1 and branch = $2', key);
     }`,
    ['commit-after-abort', 'at-once', 'connection-cut', 'prepare-abort-race'],
  ),
  plant(
    'abort-before-prepare',
    'leaves no tombstone',
    RELEASE,
    `if (rows[0].item === null) return { status: 200 };
     await db.query(back, [rows[0].item, rows[0].quantity]);`,
    ['commit-after-abort', 'at-once', 'prepare-abort-race', 'connection-cut', 'refusal', 'signature', 'timestamp'],
  ),
  plant(
    'commit-without-prepare',
    'says that it has committed what it does not know',
    'if (state === undefined) return { status: 404 };',
    'if (state === undefined) return done;',
    ['branches-apart', 'refusal', 'signature', 'timestamp', 'body-matches-path'],
  ),
  plant('commit-after-abort', 'says that it has committed what it has aborted', COMMITTED_BEFORE, 'return done;', [
    'at-once',
    'prepare-abort-race',
  ]),
  plant('abort-after-commit', 'says that it has aborted what it has committed', ABORTED_BEFORE, 'false ? refused', [
    'connection-cut',
  ]),
  plant('branches-apart', 'knows one branch of a transaction', KEY, `calls[call](db, [transaction, ''], payload)`),
  plant('branches-apart', 'does not tell transactions apart', KEY, `calls[call](db, ['', branch], payload)`),
  plant('refusal', 'keeps the row of what it refused', `answer.status === 204 ? 'commit' : 'rollback'`, `'commit'`),
  plant('refusal', 'refuses with 422', `return refused('sold-out', `, `return { status: 422 }; refused('sold-out', `),
  plant('signature', 'compares no signature', 'return given.some(', 'return true || given.some('),
  plant(
    'signature',
    'asks only a prepare for its signature',
    SIGNED,
    SIGNED.replace('if (', `if (call === 'prepare' && `),
    ['timestamp'],
  ),
  plant(
    'signature',
    'answers an unsigned call with a refusal',
    SIGNED,
    SIGNED.replace('{ status: 401 }', `refused('unsigned', '')`),
    ['timestamp'],
  ),
  plant('signature-rotation', 'looks at the first signature alone', `.split(' ')`, `.split(' ').slice(0, 1)`),
  plant('timestamp', 'takes a signature however old', '< 300)) return false', '< 1e9)) return false'),
  plant(
    'timestamp',
    'takes a signature from the future',
    'Math.abs(Date.now() / 1000 - Number(timestamp))',
    '(Date.now() / 1000 - Number(timestamp))',
  ),
  plant('body-matches-path', 'does not compare the call', 'body.call !== call', 'false'),
  plant(
    'body-matches-path',
    'does not compare the transaction',
    'body.transaction !== decodeURIComponent(transaction)',
    'false',
  ),
  plant('body-matches-path', 'does not compare the branch', 'body.branch !== decodeURIComponent(branch)', 'false'),
  plant(
    'at-once',
    'refuses what it is busy with',
    `const row = 'insert into`,
    `const { rows } = await db.query('select pg_try_advisory_xact_lock(hashtext($1 || $2)) as mine', key);
     if (!rows[0].mine) return refused('busy', 'It is being prepared');
     const row = 'insert into`,
    ['connection-cut'],
  ),
  plant(
    'prepare-abort-race',
    'looks for the tombstone first and then writes over it',
    `const row = 'insert into branches values ($1, $2, $3, $4, $5) on conflict do nothing';`,
    `if ((await stateOf(db, key)) === 'aborted') return refused('aborted', 'The abort was here first');
     const row = \`insert into branches values ($1, $2, $3, $4, $5) on conflict (transaction, branch)
       do update set state = 'prepared', item = $4, quantity = $5 where branches.state = 'aborted'\`;`,
  ),
  slowly(
    plant(
      'connection-cut',
      'takes a caller that hangs up for an unclear case',
      'async function serve(request, response) {',
      `async function serve(request, response) {
       request.socket.once('close', () => {
         if (response.writableFinished) return;
         const [, transaction, branch] = request.url.split('/');
         void pool.query("insert into branches values ($1, $2, 'unclear') on conflict (transaction, branch) do update set state = 'unclear'", [transaction, branch]);
       });`,
    ),
  ),
  plant('refusals-readable', 'refuses in plain JSON', 'application/problem+json', 'application/json'),
  plant(
    'refusals-readable',
    'gives no code',
    'problem && JSON.stringify(problem)',
    'problem && JSON.stringify({ detail: problem.detail })',
  ),
];
