import { once } from 'node:events';
import { createServer, IncomingMessage } from 'node:http';
import { type AddressInfo, connect, Socket } from 'node:net';
import { ClientGone, hasBody, readJson } from '../../src/http/requests/body';

describe('a client that is gone before the service reads its body', () => {
  const HEAD = 'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n';

  test.each([
    ['half a body', `${HEAD}Content-Length: 20\r\n\r\n{"a":`, readJson],
    ['a whole body', `${HEAD}Content-Length: 7\r\n\r\n{"a":1}`, readJson],
    ['a body without a length', `${HEAD}Transfer-Encoding: chunked\r\n\r\n`, (request: never) => hasBody(request)],
  ] as const)('makes the reader of the body fail at once: %s', async (_, sent, read) => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const requested = once(server, 'request');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(sent);
    const [request] = await requested;
    const closed = new Promise((resolve) => request.once('close', resolve));
    socket.destroy();
    await closed;
    await expect(read(request as never, 100)).rejects.toThrow(ClientGone);
    server.close();
  });

  it('is told apart from a defect of the service', async () => {
    const request = new IncomingMessage(new Socket());
    request.headers['transfer-encoding'] = 'chunked';
    const read = hasBody(request);
    request.destroy(new TypeError('a defect'));
    await expect(read).rejects.toThrow('a defect');
  });
});
