import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import type { Outcome, Refused } from './answer';
import { codeOf, type Problem, problemOf } from './errors';

/** Sends an outcome, once. Every answer of the service that has a request id goes through here. */
export function send(request: Request, response: Response, outcome: Outcome): void {
  if (response.headersSent) return;
  if (outcome.kind === 'refused') {
    const problem = problemFor(request, outcome);
    write(response, problem.status, 'application/problem+json', problem.body, problem.headers);
  } else {
    const { status, body, contentType = 'application/json; charset=utf-8', headers } = outcome;
    if (outcome.pieces) pour(request, response, outcome.pieces, contentType, headers);
    else write(response, status, contentType, outcome.contentType ? String(body) : body, headers);
  }
  const { context, method } = request;
  context.meter.request(method, context.route, response.statusCode, context.elapsedMs);
  logAnswer(request, response, outcome);
}

/** The service cuts off a client that reads nothing of an answer for this long. */
const STUCK_MS = 30_000;

/** A failure after the first piece cuts the answer off: a partial file must not look complete. */
function pour(
  { context, method }: Request,
  response: Response,
  pieces: AsyncIterable<string>,
  contentType: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  for (const name in headers) response.setHeader(name, headers[name] ?? '');
  response.setHeader('Content-Type', contentType);
  if (method === 'HEAD') {
    response.end();
    return;
  }
  response.setTimeout(STUCK_MS, () => response.destroy());
  pipeline(Readable.from(pieces), response).catch((error: unknown) => {
    context.log.debug({ err: error, route: context.route }, 'an answer was cut off');
    response.destroy();
  });
}

function problemFor({ context }: Request, { refusal, transferId = context.transferId, replayed }: Refused): Problem {
  return problemOf(refusal, context.id, { ...(transferId && { transferId }), ...(replayed && { replayed }) });
}

function write(
  response: Response,
  status: number,
  contentType: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.statusCode = status;
  for (const name in headers) response.setHeader(name, headers[name] ?? '');
  if (body === undefined) {
    response.end();
    return;
  }
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}

/**
 * Logs one line per request: at warn if the service could not answer it well and has not yet logged why, else at debug.
 */
function logAnswer({ context, method, path }: Request, { statusCode: status }: Response, outcome: Outcome): void {
  const level = status >= 500 && !context.isTold ? 'warn' : 'debug';
  if (!context.isLogged(level)) return;
  const { route, transferId, caller, elapsedMs } = context;
  context.log[level](
    {
      method,
      path: path.slice(0, LOGGED_PATH_MAX),
      route,
      status,
      elapsedMs: Math.round(elapsedMs * 10) / 10,
      ...(outcome.kind === 'refused' && { code: codeOf(outcome.refusal) }),
      ...(transferId && { transactionId: transferId }),
      ...(caller.owner && { caller: caller.owner }),
    },
    'request answered',
  );
}

const LOGGED_PATH_MAX = 300;
