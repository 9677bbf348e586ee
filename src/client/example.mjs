// Opens two accounts, moves money from one to the other, and reads the results. node example.mjs [url] [token]
import process from 'node:process';
import { TandemClient } from '@tandem/client';

const [url = 'http://127.0.0.1:3000', token] = process.argv.slice(2);
const client = new TandemClient(url, token === undefined ? {} : { token });

/** Returns the value of an answer; a refusal ends the example. */
function told(answer) {
  if (answer.ok) return answer.value;
  throw new Error(`${answer.problem.code}: ${answer.problem.detail}`);
}

const run = Date.now();
const [alice, bob] = [`alice-${run}`, `bob-${run}`];
told(await client.openAccount(alice));
told(await client.openAccount(bob));
told(await client.deposit(alice, 100));

const transfer = { origin: alice, destination: bob, amount: 30, metadata: { for: 'rent' } };
const first = await client.transfer(transfer, { idempotencyKey: `rent-${run}` });
const second = await client.transfer(transfer, { idempotencyKey: `rent-${run}` });
console.log(`${told(first).status}, repeated: ${second.replayed}`);

const refused = await client.transfer({ ...transfer, amount: 500 });
if (!refused.ok) console.log(`refused: ${refused.problem.code}, missing ${refused.problem.missing}`);

console.log(`${alice} has ${told(await client.balance(alice)).balance}`);
for (const { kind, amount, balanceAfter } of told(await client.entries(bob)).items) {
  console.log(`${bob}: ${kind} ${amount}, then ${balanceAfter}`);
}
