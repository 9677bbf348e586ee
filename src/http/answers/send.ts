import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import type { Outcome, Refused } from './answer';
import { codeOf, type Problem, problemOf } from './errors';
import { DATA_HEADERS } from './securityHeaders';

/** Sends an outcome, once. Every answer of the service that has a request id goes through here. */
export function send(request: Request, response: Response, outcome: Outcome): void {
  if (response.headersSent) return;
  if (outcome.kind === 'refused') {
    const problem = problemFor(request, outcome);
    write(request, response, problem.status, 'application/problem+json', problem.body, problem.headers);
  } else {
    const { status, body, contentType = 'application/json; charset=utf-8', headers } = outcome;
    if (outcome.pieces) pour(request, response, outcome.pieces, contentType, headers);
    else write(request, response, status, contentType, outcome.contentType ? String(body) : body, headers);
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
  headers?: Readonly<Record<string, string>>,
): void {
  response.writeHead(200, { 'X-Request-Id': context.id, ...DATA_HEADERS, ...headers, 'Content-Type': contentType });
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

/**
 * Names all headers at once: node checks and copies those that are set one by one twice, which took a sixth of a small
 * request. The head and the body go to the kernel in one piece: `end` with a body sends an empty piece after it.
 */
function write(
  { context }: Request,
  response: Response,
  status: number,
  contentType: string,
  body: unknown,
  headers?: Readonly<Record<string, string>>,
): void {
  const head = { 'X-Request-Id': context.id, ...DATA_HEADERS, ...headers };
  if (body === undefined) {
    response.writeHead(status, head).end();
    return;
  }
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  response.writeHead(status, { ...head, 'Content-Type': contentType, 'Content-Length': Buffer.byteLength(text) });
  const { socket } = response;
  socket?.cork();
  response.write(text);
  socket?.uncork();
  response.end();
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
