import { startTracing } from '../../src/adapters/otel/tracing';
import { traced } from '../../src/engine/tracing';
import { ParticipantServer, prepare, remote, stopAll } from './participantServer';

afterEach(stopAll);

interface Sent {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

it('a traced call tells the participant its span, each its own where calls wait for their turn', async () => {
  const collector = await ParticipantServer.start((response) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
  );
  const stop = await startTracing({ endpoint: collector.url, name: 'tandem', version: '1' });
  const server = await ParticipantServer.start((response) => response.end());
  const participants = remote(server.url, { concurrency: 1 });
  const branches = ['a', 'b', 'c'];
  await Promise.all(
    branches.map((branch) =>
      traced(
        branch,
        () => ({}),
        () => participants.call('stock', prepare({ branch })),
      ),
    ),
  );
  await participants.close();
  await server.stop();
  await stop();
  await collector.stop();
  const spans = collector.seen.flatMap(({ body }) =>
    (JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: Sent[] }[] }[] }).resourceSpans.flatMap(
      ({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans),
    ),
  );
  expect(server.seen).toHaveLength(3);
  for (const { headers, body } of server.seen) {
    const { branch } = JSON.parse(body) as { branch: string };
    const [, traceId, spanId] = String(headers['traceparent']).split('-');
    const span = spans.find((sent) => sent.spanId === spanId);
    const parent = spans.find((sent) => sent.spanId === span?.parentSpanId);
    expect(span).toMatchObject({ name: 'participant prepare', traceId });
    expect(parent).toMatchObject({ name: branch, traceId });
  }
});
