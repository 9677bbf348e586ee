import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WholeService } from './serviceHarness';

interface Sent {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

describe('tracing', () => {
  const spans: Sent[] = [];
  let collector: Server;
  let service: WholeService;

  beforeAll(async () => {
    collector = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const body = JSON.parse(Buffer.concat(chunks).toString()) as {
          resourceSpans: { scopeSpans: { spans: Sent[] }[] }[];
        };
        spans.push(...body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
        response.setHeader('content-type', 'application/json');
        response.end('{}');
      });
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', () => resolve()));
    const { port } = collector.address() as AddressInfo;
    service = await WholeService.start({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` });
  });

  afterAll(() => {
    collector.closeAllConnections();
    collector.close();
  });

  it('follows a capture from its request over its job', async () => {
    const { client } = service;
    for (const id of ['a', 'b']) await client.post(`/account/${id}`);
    await client.post('/account/a/deposit/10');
    const payment = { origin: 'a', destination: 'b', amount: 5, capture: 'manual' };
    const { body } = await client.post('/transfers', { body: payment });
    expect((await client.post(`/transfers/${String(body['id'])}/capture`)).status).toBe(200);
    // Stopping sends what is left.
    await service.stop();
    const request = spans.find(({ name }) => name === 'POST /transfers/{id}/capture');
    const drive = spans.find(({ name }) => name === 'drive transaction');
    expect(drive).toBeDefined();
    expect(request?.traceId).toBeDefined();
    expect(drive?.traceId).toBe(request?.traceId);
    expect(JSON.stringify(spans)).not.toContain('token');
  });
});
