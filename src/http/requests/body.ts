import type { IncomingMessage } from 'node:http';
import type { Refusal, Wrong } from '../answers/refusals';
import { ERRORS_MAX } from './checkInput';
import { lossesOf } from './jsonLosses';

/** The JSON of a request: `absent` when it has no body at all. */
export type ReadBody =
  | { readonly kind: 'absent' }
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

const JSON_TYPE = /^application\/json\s*(;\s*charset="?utf-8"?\s*)?$/i;
const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads a JSON body of at most `bytesMax` bytes. Counts the bytes as they arrive: a body whose length is missing or
 * false is refused as soon as it is too long. Refuses compressed bodies, so none can expand beyond its announced size.
 * `check` may refuse the raw bytes before they are parsed.
 */
export async function readJson(
  request: IncomingMessage,
  bytesMax: number,
  check?: (bytes: Buffer) => Promise<{ readonly refusal: Refusal } | undefined>,
): Promise<ReadBody> {
  const { headers } = request;
  if (announced(request) === 'none') {
    const refused = await check?.(Buffer.alloc(0));
    return refused ? { kind: 'refused', refusal: refused.refusal } : { kind: 'absent' };
  }
  const encoding = headers['content-encoding'] ?? 'identity';
  if (!JSON_TYPE.test(headers['content-type'] ?? '') || encoding !== 'identity') {
    return { kind: 'refused', refusal: { kind: 'unsupported-media-type' } };
  }
  const bytes = await readBytes(request, bytesMax);
  if (!bytes) return { kind: 'refused', refusal: { kind: 'payload-too-large', bytesMax } };
  const refused = await check?.(bytes);
  return refused ? { kind: 'refused', refusal: refused.refusal } : parse(bytes);
}

/** Whether the request has a body. Without an announced length, the first byte shows it. */
export async function hasBody(request: IncomingMessage): Promise<boolean> {
  const body = announced(request);
  return body === 'unknown' ? (await readBytes(request, 0)) === undefined : body === 'some';
}

function announced({ headers }: IncomingMessage): 'none' | 'some' | 'unknown' {
  if (headers['transfer-encoding'] !== undefined) return 'unknown';
  const length = headers['content-length'];
  return length === undefined || length === '0' ? 'none' : 'some';
}

/** Whether the request announces a body that is too long, so that it need not be read. */
export function announcesTooMuch(request: IncomingMessage, bytesMax: number): boolean {
  return Number(request.headers['content-length'] ?? 0) > bytesMax;
}

function readBytes(request: IncomingMessage, bytesMax: number): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    // A closed connection sends no event any more, not even for a body that had arrived.
    if (request.destroyed) reject(new ClientGone());
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= bytesMax) chunks.push(chunk);
      else {
        chunks.length = 0;
        resolve(undefined);
      }
    });
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('error', (error) => reject(isCutOff(error) ? new ClientGone() : error));
    request.on('close', () => {
      if (!request.complete) reject(new ClientGone());
    });
  });
}

/** Whether a request failed because its connection was closed. Everything else is a defect. */
function isCutOff(error: Error): boolean {
  return 'code' in error && error.code === 'ECONNRESET';
}

/**
 * The connection was closed before the service had read the request: by the client, or by the HTTP server after it had
 * refused a malformed or slow body. There is no client left to answer.
 */
export class ClientGone extends Error {
  override readonly name = 'ClientGone';
  constructor() {
    super('the connection was closed before the service had read the request');
  }
}

function parse(bytes: Buffer): ReadBody {
  try {
    const text = UTF8.decode(bytes);
    const value: unknown = JSON.parse(text);
    const losses = lossesOf(text, ERRORS_MAX);
    return losses.length === 0 ? { kind: 'json', value } : malformed(losses);
  } catch {
    // Not the parser's own message: it quotes the request.
    return malformed([{ in: 'body', path: '', message: 'must be well-formed JSON in UTF-8' }]);
  }
}

function malformed(errors: readonly Wrong[]): ReadBody {
  return { kind: 'refused', refusal: { kind: 'invalid-request', errors } };
}
