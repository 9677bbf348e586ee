// Starts PostgreSQL, the stock service and Tandem, orders some books, and shows that money and stock move together or not at all.
// npm run example
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Client } from 'pg';

const { startEmbeddedServer } = createRequire(import.meta.url)('../../dist/src/adapters/postgres/embedded/server.js');
const here = fileURLToPath(new URL('.', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'tandem-example-'));
// Another user runs PostgreSQL where this one is root, and has to come through.
chmodSync(folder, 0o711);
const secret = `whsec_${randomBytes(32).toString('base64')}`;
const running = [];

/** Resolves, once the program has said where it listens, to that address. */
async function start(args, environment) {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 2],
  });
  running.push(child);
  let said = '';
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    said += chunk;
    const [url] = /http:\/\/127\.0\.0\.1:\d+/.exec(said) ?? [];
    if (url === undefined) continue;
    child.stdout.resume();
    return { child, url };
  }
  throw new Error(`${args[0]} did not start: ${said}`);
}

async function stop(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

async function query(address, text) {
  const client = new Client({ connectionString: address });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function call(method, url, body, headers = {}) {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: await response.json() };
}

async function main(postgres) {
  const databases = ['tandem', 'stock'].map((name) => Object.assign(new URL(postgres), { pathname: `/${name}` }).href);
  for (const name of ['tandem', 'stock']) await query(postgres, `create database ${name}`);
  const [tandemDatabase, stockDatabase] = databases;
  const startStock = (port) =>
    start([join(here, 'stock.mjs')], { DATABASE_URL: stockDatabase, SECRETS: secret, PORT: port });
  const stock = await startStock('0');
  await query(stockDatabase, `insert into shelf values ('book', 3)`);

  const file = join(folder, 'participants.json');
  writeFileSync(file, JSON.stringify({ stock: { url: stock.url, secrets: [secret] } }), { mode: 0o600 });
  const { url } = await start([join(here, '..', '..', 'dist', 'src', 'main.js')], {
    DATABASE_URL: tandemDatabase,
    PARTICIPANTS_FILE: file,
    PORT: '0',
  });

  for (const id of ['alice', 'shop']) await call('POST', `${url}/account/${id}`);
  await call('POST', `${url}/account/alice/deposit/100`);

  const order = (branch, quantity, price, headers) =>
    call(
      'POST',
      `${url}/transfers`,
      {
        postings: [{ origin: 'alice', destination: 'shop', amount: price }],
        participants: [{ participant: 'stock', branch, payload: { item: 'book', quantity } }],
      },
      { 'idempotency-key': branch, ...headers },
    );
  /** What the books of both sides say, and whether they agree: the shop has 30 for each book that has left the shelf. */
  const show = async (title, { status, body }, sold) => {
    const { body: shop } = await call('GET', `${url}/account/shop/balance`);
    const [shelf] = await query(stockDatabase, 'select available, reserved from shelf');
    const agree = shop.balance === sold * 30 && shelf.available === 3 - sold && shelf.reserved === 0;
    console.log(`${title}: ${status} ${body.code ?? body.status} ${body.detail ?? ''}`);
    console.log(`  the shop has ${shop.balance}; on the shelf ${shelf.available}, reserved ${shelf.reserved}`);
    if (!agree) throw new Error(`${sold} books are sold, and the books do not agree: ${JSON.stringify(body)}`);
  };

  await show('alice buys a book', await order('order-1', 1, 30), 1);
  await show('the same order again', await order('order-1', 1, 30), 1);
  await show('more books than there are', await order('order-2', 5, 30), 1);
  await show('more money than she has', await order('order-3', 1, 500), 1);

  await stop(stock.child, 'SIGKILL');
  const late = await order('order-4', 1, 30, { prefer: 'respond-async' });
  console.log(`the stock service is killed, alice buys another book: ${late.status} ${late.body.status}`);
  await startStock(new URL(stock.url).port);
  for (let tries = 0; tries < 300; tries += 1) {
    const { status, body } = await call('GET', `${url}/transfers/${late.body.id}`);
    if (body.status === 'committed') return show('the stock service is back', { status, body }, 2);
    await sleep(100);
  }
  throw new Error('the order did not end');
}

let server;
try {
  server = await startEmbeddedServer(join(folder, 'postgres'));
  await main(server.connectionString);
} finally {
  await Promise.all(running.map((child) => stop(child, 'SIGTERM')));
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
}
