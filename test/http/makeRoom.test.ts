import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { makeRoom } from '../../src/http/connections/makeRoom';
import { eventually } from '../kit/wait';

const PLACES = 3;
const LARGE = Buffer.alloc(12_000_000, 'x');
const REQUEST = 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n';

let server: Server;
let clients: Client[];

/** A connection that counts what comes. */
class Client {
  bytes = 0;
  closed = false;
  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk) => {
      this.bytes += chunk.length;
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
    });
  }

  static async open(): Promise<Client> {
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    const client = new Client(socket);
    clients.push(client);
    await once(socket, 'connect');
    return client;
  }

  async ask(request = REQUEST): Promise<void> {
    const before = this.bytes;
    this.socket.write(request);
    await eventually('an answer came', () => (this.bytes > before ? true : undefined), {
      deadlineMs: 60_000,
      everyMs: 5,
    });
  }
}

beforeEach(async () => {
  clients = [];
  server = createServer((request, response) => response.end(request.url === '/large' ? LARGE : 'done'));
  server.maxConnections = PLACES;
  makeRoom(server, PLACES);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  for (const { socket } of clients) socket.destroy();
  server.close();
  await once(server, 'close');
});

test('only the connection that has been idle for longest makes room, and the newcomer gets in', async () => {
  const [first, second] = [await Client.open(), await Client.open()];
  await first.ask();
  await second.ask();
  await first.ask();
  const third = await Client.open();
  await third.ask();
  await eventually('the second is closed', () => (second.closed ? true : undefined), { deadlineMs: 60_000 });
  const fourth = await Client.open();
  await fourth.ask();
  await eventually('the first is closed', () => (first.closed ? true : undefined), { deadlineMs: 60_000 });
  expect([third.closed, fourth.closed]).toEqual([false, false]);
});

test('a connection on which an answer is still going out keeps its place', async () => {
  const slow = await Client.open();
  slow.socket.write(REQUEST.replace('/', '/large'));
  await eventually('the answer has begun', () => (slow.bytes > 0 ? true : undefined), {
    deadlineMs: 60_000,
    everyMs: 1,
  });
  slow.socket.pause();
  const others = [await Client.open(), await Client.open(), await Client.open()];
  await others[0]?.ask();
  slow.socket.resume();
  await eventually('all of it came', () => (slow.bytes > LARGE.length ? true : undefined), { deadlineMs: 60_000 });
});
