import { randomBytes } from 'node:crypto';
import { LeaderLink } from '../../src/adapters/peers/leaderLink';
import { LeaderServer } from '../../src/adapters/peers/leaderServer';
import type { Handlers } from '../../src/adapters/peers/messages';
import { MemoryLog } from '../support/memoryLog';

const SECRET = randomBytes(32).toString('base64');
const HOST = '127.0.0.1';
const servers: LeaderServer<unknown, unknown>[] = [];
const links: LeaderLink<unknown, unknown>[] = [];

afterEach(async () => {
  for (const link of links.splice(0)) link.close();
  for (const server of servers.splice(0)) await server.close();
});

/** A process that leads and answers with its name. */
async function leader(id: string) {
  const answer = () => Promise.resolve(id);
  const server = await LeaderServer.listen<unknown, unknown>(
    {
      host: HOST,
      port: 0,
      secret: SECRET,
      hello: { id, version: 'v' },
      leads: () => true,
      handlers: { create: answer, command: answer } as unknown as Handlers<unknown, unknown>,
    },
    new MemoryLog(),
  );
  servers.push(server);
  return { id, host: HOST, port: server.port };
}

function linkTo(find: () => Promise<{ id: string; host: string; port: number } | undefined>, leads = () => false) {
  const log = new MemoryLog();
  const link = new LeaderLink<unknown, unknown>({ secret: SECRET, version: 'v', leads, find }, log);
  links.push(link);
  const handOver = link.handOver('command') as unknown as (work: string) => Promise<unknown> | undefined;
  return { link, log, handOver };
}

test('a process hands over to the one that leads, and to the next one once that has published its address', async () => {
  const [first, second] = [await leader('first'), await leader('second')];
  let address = first;
  const { link, log, handOver } = linkTo(() => Promise.resolve(address));
  expect(handOver('work')).toBeUndefined();
  await link.check();
  await expect(handOver('work')).resolves.toEqual({ kind: 'answered', answer: 'first' });
  await link.check();
  address = second;
  await link.check();
  await expect(handOver('work')).resolves.toEqual({ kind: 'answered', answer: 'second' });
  expect(log.messages('info')).toHaveLength(2);
});

test('a process that leads hands nothing over', async () => {
  const address = await leader('other');
  let leads = false;
  const { link, handOver } = linkTo(
    () => Promise.resolve(address),
    () => leads,
  );
  await link.check();
  leads = true;
  expect(handOver('work')).toBeUndefined();
  await link.check();
  leads = false;
  expect(handOver('work')).toBeUndefined();
});

test('a leader that cannot be reached is told once, and again only after it was reached', async () => {
  const address = await leader('leader');
  let found = { ...address, id: 'dead' };
  const { link, log, handOver } = linkTo(() => Promise.resolve(found));
  for (const _ of [1, 2, 3]) await link.check();
  expect(handOver('work')).toBeUndefined();
  expect(log.messages('warn')).toEqual(['the process that leads cannot be reached']);
  found = address;
  await link.check();
  await expect(handOver('work')).resolves.toEqual({ kind: 'answered', answer: 'leader' });
  found = { ...address, id: 'dead' };
  for (const _ of [1, 2, 3]) await link.check();
  expect(log.messages('warn')).toHaveLength(2);
});

test('a process that is closed while it connects leaves no connection', async () => {
  const address = await leader('leader');
  const { link, handOver } = linkTo(() => Promise.resolve(address));
  const checking = link.check();
  link.close();
  await checking;
  expect(handOver('work')).toBeUndefined();
});
