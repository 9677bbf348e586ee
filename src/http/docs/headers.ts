import type { Route } from '../requests/route';
import type { Header, Parameter, Reference } from './document';

/** Every header of an answer that a client may act on. */
export const RESPONSE_HEADERS = {
  'X-Request-Id': {
    description: 'The id of the request, also in the log: the one that came with the request, or a new one.',
    required: true,
    schema: { type: 'string' },
    example: '019aa8c4-7c00-7000-8000-0123456789ab',
  },
  'Idempotency-Replayed': {
    description:
      'There when the service knew this `Idempotency-Key` from an earlier request: this request did nothing, and its answer says what became of the earlier one.',
    schema: { type: 'string', enum: ['true'] },
    example: 'true',
  },
  Location: {
    description: 'Where to ask for it later.',
    required: true,
    schema: { type: 'string', format: 'uri-reference' },
    example: '/transfers/019aa8c4-7c00-7000-8000-0123456789ab',
  },
  'Retry-After': {
    description: 'Seconds to wait before the request is repeated.',
    schema: { type: 'integer', minimum: 1 },
    example: 1,
  },
  'WWW-Authenticate': {
    description: 'How to authenticate (RFC 9110).',
    required: true,
    schema: { type: 'string' },
    example: 'Bearer',
  },
  Allow: {
    description: 'The methods that the path takes.',
    required: true,
    schema: { type: 'string' },
    example: 'GET, HEAD',
  },
  Vary: {
    description: 'The request headers that the answer depends on.',
    schema: { type: 'string' },
    example: 'Accept',
  },
  'Content-Disposition': {
    description: 'Of a file: the name under which to save it.',
    schema: { type: 'string' },
    example: 'attachment; filename="alice.csv"',
  },
} as const satisfies Readonly<Record<string, Header>>;

export type ResponseHeader = keyof typeof RESPONSE_HEADERS;

export function headerReferences(names: Iterable<ResponseHeader>): { readonly [name: string]: Reference } {
  return Object.fromEntries([...new Set(names)].map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** Returns the documented name of a header that a refusal sets. Throws if it has none. */
export function expectDocumented(name: string): ResponseHeader {
  if (isDocumented(name)) return name;
  throw new Error(`the header ${name} is not documented`);
}

function isDocumented(name: string): name is ResponseHeader {
  return Object.hasOwn(RESPONSE_HEADERS, name);
}

/** The request headers that routes read, besides the headers that every request may have. */
export const REQUEST_HEADERS: Record<NonNullable<Route['headers']>[number], Parameter> = {
  'Idempotency-Key': {
    name: 'Idempotency-Key',
    in: 'header',
    required: false,
    description:
      'Repeat a request under the same key and the service carries it out once. A repetition gets the first answer; a repeated transfer gets its present state.',
    schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x20-\\x7e]+$' },
    example: 'rent-may',
  },
  'webhook-id': {
    name: 'webhook-id',
    in: 'header',
    required: true,
    description: 'Names this call; part of what is signed.',
    schema: { type: 'string' },
    example: '019aa8c4-7c00-7000-8000-0123456789ab',
  },
  'webhook-timestamp': {
    name: 'webhook-timestamp',
    in: 'header',
    required: true,
    description:
      'Seconds since 1970, no more than five minutes away from the clock of the service; part of what is signed.',
    schema: { type: 'string', pattern: '^\\d{1,12}$' },
    example: '1777636800',
  },
  'Last-Event-ID': {
    name: 'Last-Event-ID',
    in: 'header',
    required: false,
    description: 'The `id` of the last event that came over a stream, to go on after it; before `after`.',
    schema: { type: 'string' },
    example: '812-1-1795298400004',
  },
  Prefer: {
    name: 'Prefer',
    in: 'header',
    required: false,
    description:
      '`respond-async`: answer 202 instead of waiting for the end (RFC 7240), with the status that the transfer has by then.',
    schema: { type: 'string' },
    example: 'respond-async',
  },
};
