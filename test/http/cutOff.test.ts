import { once } from 'node:events';
import { connect } from 'node:net';
import type { Client } from './client';
import { Edge } from './edgeHarness';
import { raw } from './rawRequest';
import { until } from './until';

const CHUNKED = 'Host: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
const LENGTH = 'Host: localhost\r\nContent-Type: application/json\r\nContent-Length: 20\r\n\r\n';
const GONE = 'the connection was closed before the service had read the request';

describe('a request that is cut off', () => {
  const counted: string[] = [];
  const meter = {
    request: (method: string, route = '', status = 0) => void counted.push(`${method} ${route} ${status}`),
    render: () => Promise.resolve({ contentType: 'text/plain', text: '' }),
  };
  const edge = new Edge({ metrics: meter, coordinators: { callers: { signer: () => undefined } } as never });
  let client: Client;

  beforeAll(async () => {
    client = await edge.start({ requestTimeoutMs: 1000, headersTimeoutMs: 500 });
  });

  beforeEach(() => {
    counted.length = 0;
    edge.logged.length = 0;
  });

  afterAll(() => edge.stop());

  const saysGone = (): boolean => edge.lines().some(({ msg }) => msg === GONE);

  function expectNoDefect(): void {
    expect(edge.lines().filter(({ level }) => Number(level) > 20)).toEqual([]);
    expect(counted).toEqual([]);
  }

  it.each([
    ['a body without a length, where none is taken', `GET /health/live HTTP/1.1\r\n${CHUNKED}`],
    ['a body of half its length', `POST /transfers HTTP/1.1\r\n${LENGTH}{"a":`],
    ['a chunk of half its length', `POST /transfers HTTP/1.1\r\n${CHUNKED}ff\r\n{"a":`],
    ['half a body that has to be signed', `PUT /participant/t/b/prepare HTTP/1.1\r\n${LENGTH}{"a":`],
  ])('is no defect, whether the client ends it or resets it: %s', async (_, sent) => {
    const { hostname, port } = new URL(client.url);
    for (const leave of ['end', 'resetAndDestroy'] as const) {
      edge.logged.length = 0;
      const socket = connect(Number(port), hostname);
      socket.on('error', () => undefined);
      socket.write(sent.replace('Host:', 'Expect: 100-continue\r\nHost:'));
      // The service has the request: it says that the body may come.
      await once(socket, 'data');
      socket[leave]();
      await until(saysGone);
      expectNoDefect();
    }
  });

  it.each([
    ['bad-chunk', `PUT /participant/t/b/prepare HTTP/1.1\r\n${CHUNKED}zz\r\n`, 400],
    ['slow-body', `POST /transfers HTTP/1.1\r\n${LENGTH}{"a":`, 408],
  ])('is no defect where the answer comes from the parser: %s', async (_, sent, status) => {
    expect(await raw(client.url, sent)).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    await until(saysGone);
    expectNoDefect();
  });
});
