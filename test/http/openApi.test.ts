import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020';
import { STATUS_OF } from '../../src/http/answers/errors';
import { BRANCH_REFUSALS } from '../../src/http/answers/refusals';
import { openAuthenticator } from '../../src/http/auth/authenticator';
import type { OpenApi, Operation } from '../../src/http/docs/document';
import { describe as describeRoutes } from '../../src/http/docs/openapi';
import { CAPTURES, NEW_TRANSFERS } from '../../src/http/examples/newTransfers';
import { documentationRoutes } from '../../src/http/routes/documentation';
import { captureBody, transferBody } from '../../src/http/schemas/transfers';
import { Edge } from './edgeHarness';

const away = () => Promise.reject(new Error('there is no store'));
const NO_BRANCHES = { prepare: away, commit: away, abort: away };

const ROOT = join(__dirname, '../..');

const isVote = (codes: readonly string[]): boolean => codes.join() === BRANCH_REFUSALS.join();

describe('the OpenAPI document', () => {
  // With the route that is there only for services that may call.
  const edge = new Edge({ coordinators: { callers: { signer: () => undefined }, branches: NO_BRANCHES } });
  let text: string;
  let document: OpenApi;
  let operations: { name: string; operation: Operation }[];

  beforeAll(async () => {
    const client = await edge.start();
    text = await (await fetch(`${client.url}/openapi.json`)).text();
    document = JSON.parse(text) as OpenApi;
    const received = Object.entries(document.webhooks ?? {});
    operations = [...Object.entries(document.paths), ...received].flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ name: `${method} ${path}`, operation })),
    );
  });

  afterAll(() => edge.stop());

  /** The names of the operations that are not as they must be. */
  const wrong = (isRight: (operation: Operation) => boolean) =>
    operations.filter(({ operation }) => !isRight(operation)).map(({ name }) => name);

  it('is written between other work, one operation at a time', async () => {
    const about = { name: 'tandem', version: '0.0.0' };
    const routes = documentationRoutes({ ...about, authenticator: openAuthenticator() }, []);
    let turns = 0;
    const other = (): void => {
      turns += 1;
      next = setImmediate(other);
    };
    let next = setImmediate(other);
    await describeRoutes(routes, about);
    clearImmediate(next);
    expect(turns).toBeGreaterThanOrEqual(routes.length);
  });

  it('passes the strict rules of Redocly', () => {
    const directory = mkdtempSync(join(tmpdir(), 'tandem-openapi-'));
    const file = join(directory, 'openapi.json');
    writeFileSync(file, JSON.stringify(document, null, 1));
    const linter = join(ROOT, 'node_modules/@redocly/cli/bin/cli.js');
    const { status, stdout, stderr } = spawnSync(process.execPath, [linter, 'lint', '--format=stylish', file], {
      cwd: ROOT,
      encoding: 'utf8',
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
    });
    rmSync(directory, { recursive: true });
    expect({ status, said: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, said: '' });
  });

  it('says where the service is and under what license', () => {
    const { license } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { license: string };
    expect(document.servers).toEqual([expect.objectContaining({ url: '/' })]);
    expect(document.info['license']).toEqual({ name: license, identifier: license });
  });

  it('describes every operation in whole sentences, with the callers that it is for', () => {
    expect(operations.length).toBeGreaterThan(20);
    expect(wrong(({ description }) => /^[A-Z].{20,}\.$/s.test(description))).toEqual([]);
    const isServed = ({ operationId }: Operation) => operationId !== 'receiveEvent';
    expect(wrong((one) => !isServed(one) || /\. (For|Needs) [^.]+\.$/.test(one.description))).toEqual([]);
  });

  it('has an example of every parameter in a path, every body and every answer that is no problem', () => {
    expect(
      wrong(({ parameters }) => parameters.every((one) => one.in === 'query' || one.example !== undefined)),
    ).toEqual([]);
    const bodies = ({ requestBody, responses }: Operation) => [
      ...Object.values(requestBody?.content ?? {}),
      ...Object.values(responses).flatMap(({ content }) => Object.values(content ?? {})),
    ];
    expect(
      wrong((operation) => bodies(operation).every(({ example, examples }) => (example ?? examples) !== undefined)),
    ).toEqual([]);
  });

  it('has only examples that fit', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema({ $id: 'api', ...document });
    const fits = (schema: unknown, example: unknown): boolean =>
      ajv.validate(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"api#/')) as object, example);
    expect(
      wrong(({ parameters, requestBody, responses }) =>
        [
          ...parameters,
          ...Object.values(requestBody?.content ?? {}),
          ...Object.values(responses).flatMap(({ content }) => Object.values(content ?? {})),
        ].every(({ schema, example }) => example === undefined || fits(schema, example)),
      ),
    ).toEqual([]);
    const named = Object.entries(document.components.schemas as Record<string, { examples?: readonly unknown[] }>);
    const told = named.flatMap(([name, { examples = [] }]) => examples.map((example) => [name, example] as const));
    expect(told.filter(([name, example]) => !fits(document.components.schemas[name], example))).toEqual([]);
    expect(told).toEqual(expect.arrayContaining(NEW_TRANSFERS.map((example) => ['NewTransfer', example])));
    expect(NEW_TRANSFERS.filter((example) => !transferBody.safeParse(example).success)).toEqual([]);
    expect(CAPTURES.filter((example) => !captureBody.safeParse(example).success)).toEqual([]);
    const problem = document.components.schemas['Problem'];
    for (const example of Object.values(document.components.examples)) {
      expect(fits(problem, (example as { value: unknown }).value)).toBe(true);
    }
  });

  it('names, for every status of every operation, the codes that it may come with', () => {
    let enums = 0;
    for (const { operation } of operations) {
      for (const [status, { content }] of Object.entries(operation.responses)) {
        const schema = content?.['application/problem+json']?.schema as
          | { allOf: [unknown, { properties: { code: { enum: (keyof typeof STATUS_OF)[] } } }] }
          | undefined;
        if (!schema) continue;
        const codes = schema.allOf[1].properties.code.enum;
        // What an account refuses a coordinator with goes out as a vote, whatever it is to a client of this service.
        if (isVote(codes)) expect(status).toBe('409');
        else expect(codes.map((code) => STATUS_OF[code])).toEqual(codes.map(() => Number(status)));
        enums += codes.length;
      }
    }
    expect(enums).toBeGreaterThan(100);
  });

  it('says of numbers in paths and queries that they are integers, with their bounds', () => {
    const parameter = (path: string, method: string, name: string) =>
      document.paths[path]?.[method]?.parameters.find((one) => one.name === name)?.schema;
    expect(parameter('/account/{id}/deposit/{amount}', 'post', 'amount')).toMatchObject({
      type: 'integer',
      minimum: 1,
      maximum: 9_007_199_254_740_991,
    });
    expect(parameter('/transfers', 'get', 'limit')).toMatchObject({ type: 'integer', minimum: 1, default: 20 });
    expect(parameter('/account/{id}/entries', 'get', 'limit')).toMatchObject({
      type: 'integer',
      minimum: 1,
      default: 20,
    });
    expect(parameter('/admin/transfers', 'get', 'olderThanMs')).toMatchObject({ type: 'integer', minimum: 0 });
    expect(text).not.toMatch(/"type":"integer","pattern"/);
  });

  it('tells the headers of answers where they are sent', () => {
    const headers = (path: string, method: string, status: number) =>
      Object.keys(document.paths[path]?.[method]?.responses[status]?.headers ?? {});
    expect(headers('/transfers', 'post', 202)).toEqual(['X-Request-Id', 'Location', 'Idempotency-Replayed']);
    expect(headers('/transfers', 'post', 503)).toEqual(['X-Request-Id', 'Retry-After']);
    expect(headers('/transfers', 'post', 422)).toContain('Idempotency-Replayed');
    expect(headers('/transfers', 'get', 401)).toContain('WWW-Authenticate');
    expect(headers('/transfers', 'get', 429)).toContain('Retry-After');
    const isTold = ({ operationId, responses }: Operation) =>
      operationId === 'receiveEvent' || Object.values(responses).every((one) => 'X-Request-Id' in one.headers);
    expect(wrong(isTold)).toEqual([]);
  });

  it('names for every request the refusals that come before its route', () => {
    for (const code of [
      'not-found',
      'method-not-allowed',
      'request-timed-out',
      'expectation-failed',
      'headers-too-large',
    ])
      expect(document.info['description']).toContain(`${STATUS_OF[code as keyof typeof STATUS_OF]} \`${code}\``);
  });

  it('offers a key only where the key is read', () => {
    const keyed = operations.filter(({ operation }) =>
      operation.parameters.some(({ name }) => name === 'Idempotency-Key'),
    );
    expect(keyed.map(({ name }) => name).toSorted()).toEqual([
      'post /account/{id}/deposit/{amount}',
      'post /account/{id}/withdraw/{amount}',
      'post /account/{origin}/transfer/to/{destination}/{amount}',
      'post /transfers',
      'post /wallet/deposit',
      'post /wallet/ledger/record',
      'post /wallet/withdraw',
    ]);
    for (const step of ['capture', 'void']) {
      expect(document.paths[`/transfers/{id}/${step}`]?.['post']?.description).toContain('It needs no key:');
    }
  });

  it('shows the entries as a file too', () => {
    const { content, headers } = document.paths['/account/{id}/entries']?.['get']?.responses[200] ?? {};
    expect(content?.['text/csv']?.example).toMatch(/^seq,occurredAt,kind,amount,/);
    expect(Object.keys(headers ?? {})).toEqual(['X-Request-Id', 'Vary', 'Content-Disposition']);
  });

  it('describes what a webhook is sent', () => {
    const { requestBody, parameters } = document.webhooks?.['event']?.['post'] ?? {};
    expect(requestBody?.content['application/json']?.schema).toEqual({ $ref: '#/components/schemas/WebhookEvent' });
    expect(parameters?.map(({ name }) => name)).toEqual(['webhook-id', 'webhook-timestamp']);
    expect(document.components.securitySchemes['webhook']).toMatchObject({ name: 'webhook-signature' });
  });
});
