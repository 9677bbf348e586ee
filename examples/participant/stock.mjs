// A shop's stock as a participant of transfers: a book is taken from the shelf if and only if the money moves.
// node:http and pg, nothing else. The contract, rule by rule: docs/participants.md.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { Pool } from 'pg';

const { DATABASE_URL, SECRETS = '', PORT = '4001' } = process.env;
const keys = SECRETS.split(',').map((secret) => Buffer.from(secret.replace(/^whsec_/, ''), 'base64'));
if (!DATABASE_URL || keys.some((key) => key.length < 24))
  throw new Error('DATABASE_URL and SECRETS=whsec_…,… are needed');
const pool = new Pool({ connectionString: DATABASE_URL });
const lost = () => console.error('a connection to the database was lost; the next call opens another');
pool.on('error', lost).on('connect', (db) => db.on('error', lost));
await pool.query(`
  create table if not exists shelf (
    item text primary key,
    available integer not null check (available >= 0),
    reserved integer not null default 0 check (reserved >= 0));
  create table if not exists branches ( -- the barrier: what became of each branch
    transaction text, branch text, state text not null, item text, quantity integer,
    primary key (transaction, branch))`);

const done = { status: 204 };
const refused = (code, detail) => ({ status: 409, problem: { code, detail } });

const calls = {
  /** Reserves, or refuses and leaves nothing behind. */
  async prepare(db, key, { item, quantity } = {}) {
    if (typeof item !== 'string' || !(Number.isInteger(quantity) && quantity > 0 && quantity < 1e6))
      return refused('invalid-payload', 'The payload is {item, quantity}');
    const row = 'insert into branches values ($1, $2, $3, $4, $5) on conflict do nothing';
    if ((await db.query(row, [...key, 'prepared', item, quantity])).rowCount === 0)
      return (await stateOf(db, key)) === 'aborted' ? refused('aborted', 'The abort was here first') : done;
    const take =
      'update shelf set available = available - $2, reserved = reserved + $2 where item = $1 and available >= $2';
    if ((await db.query(take, [item, quantity])).rowCount === 1) return done;
    return refused('sold-out', `There are not ${quantity} of ${item}`);
  },

  /** Lets go what is reserved: it is the customer's now. */
  async commit(db, key) {
    const { rows } = await db.query(
      `update branches set state = 'committed' where transaction = $1 and branch = $2 and state = 'prepared' returning *`,
      key,
    );
    if (rows.length === 1) {
      await db.query('update shelf set reserved = reserved - $2 where item = $1', [rows[0].item, rows[0].quantity]);
      return done;
    }
    const state = await stateOf(db, key);
    if (state === undefined) return { status: 404 };
    return state === 'committed' ? done : refused('aborted', 'It was aborted');
  },

  /** Puts back what is reserved. Leaves a tombstone if nothing is: a prepare that comes later must find it. */
  async abort(db, key) {
    const { rows } = await db.query(
      `insert into branches values ($1, $2, 'aborted')
       on conflict (transaction, branch) do update set state = 'aborted' where branches.state = 'prepared' returning *`,
      key,
    );
    if (rows.length === 0)
      return (await stateOf(db, key)) === 'committed' ? refused('committed', 'It was committed') : done;
    const back = 'update shelf set available = available + $2, reserved = reserved - $2 where item = $1';
    if (rows[0].item !== null) await db.query(back, [rows[0].item, rows[0].quantity]);
    return done;
  },
};

async function stateOf(db, key) {
  const { rows } = await db.query('select state from branches where transaction = $1 and branch = $2', key);
  return rows[0]?.state;
}

/** The barrier row and the work are one transaction of the database: both or neither. */
async function carryOut({ call, transaction, branch, payload }) {
  const db = await pool.connect();
  try {
    await db.query('begin');
    const answer = await calls[call](db, [transaction, branch], payload);
    await db.query(answer.status === 204 ? 'commit' : 'rollback');
    db.release();
    return answer;
  } catch (error) {
    db.release(error); // closes the connection, which rolls back
    throw error;
  }
}

/** Standard Webhooks: one good signature of those in the header, over id.timestamp.body, of the last five minutes. */
function isSigned(headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures = '' } = headers;
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) < 300)) return false;
  const good = keys.map((key) => createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest());
  const given = signatures
    .split(' ')
    .filter((one) => one.startsWith('v1,'))
    .map((one) => Buffer.from(one.slice(3), 'base64'));
  return given.some((one) => good.some((other) => one.length === other.length && timingSafeEqual(one, other)));
}

async function answerTo(request) {
  const [, transaction, branch, call] = /^\/([^/]+)\/([^/]+)\/(prepare|commit|abort)$/.exec(request.url) ?? [];
  if (request.method !== 'PUT' || call === undefined) return { status: 404 };
  const chunks = [];
  for await (const chunk of request) if (chunks.push(chunk) > 64) return { status: 413 };
  const text = Buffer.concat(chunks);
  if (!isSigned(request.headers, text)) return { status: 401 };
  const body = JSON.parse(text);
  // The signature covers the body alone: without this, a signed abort could be sent to the path of a commit.
  if (
    body.version !== 1 ||
    body.call !== call ||
    body.transaction !== decodeURIComponent(transaction) ||
    body.branch !== decodeURIComponent(branch)
  )
    return { status: 400 };
  return carryOut(body);
}

async function serve(request, response) {
  const { status, problem } = await answerTo(request).catch((error) => {
    console.error(error); // and 500: the coordinator asks again
    return { status: 500 };
  });
  if (problem) response.setHeader('content-type', 'application/problem+json');
  response.writeHead(status).end(problem && JSON.stringify(problem));
}

const server = createServer((request, response) => void serve(request, response));
server.requestTimeout = 10_000;
server.listen(Number(PORT), '127.0.0.1', () =>
  console.log(`stock listens on http://127.0.0.1:${server.address().port}`),
);
