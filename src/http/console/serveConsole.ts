import type { Request, RequestHandler, Response } from 'express';
import { answer, refused } from '../answers/answer';
import { consoleHeaders, setHeaders } from '../answers/securityHeaders';
import { send } from '../answers/send';
import type { DemoSwitch } from '../deps';
import { once } from '../once';
import { readConsole, type ServedFile } from './files';

/**
 * Serves the pages for people, from memory. They are a few files that do not depend on the caller: the pages get all
 * data from the public API, except the switch of the demo participant. Reads the files at the first request.
 */
export function serveConsole(base: string, open: boolean, demo: DemoSwitch | undefined): RequestHandler {
  const loaded = once(() => {
    const { files, importMapHash } = readConsole(base, open);
    return { files, headers: consoleHeaders(importMapHash) };
  });
  return (request, response) => {
    if (demo && Object.hasOwn(DEMO, request.path)) {
      switchDemo(request, response, demo);
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      send(request, response, refused({ kind: 'method-not-allowed', allow: ['GET', 'HEAD'] }));
      return;
    }
    // A browser sends HTTP Basic credentials with requests below the folder of the page that asked for them. Without a
    // slash at the end of `base`, that folder is the root of the service.
    if (request.originalUrl.startsWith(`${base}/`) && request.path === '/') {
      response.redirect(base);
      return;
    }
    const { files, headers } = loaded();
    const file = files.get(request.path.slice(1));
    if (!file) {
      send(request, response, refused({ kind: 'not-found' }));
      return;
    }
    setHeaders(response, headers);
    write(request, response, file);
  };
}

/** What each path does to the demo participant; undefined only reads its state. */
const DEMO: Readonly<Record<string, boolean | undefined>> = {
  '/demo': undefined,
  '/demo/on': true,
  '/demo/off': false,
};

function switchDemo(request: Request, response: Response, demo: DemoSwitch): void {
  const answers = DEMO[request.path];
  const allow = answers === undefined ? ['GET', 'HEAD'] : ['POST'];
  if (!allow.includes(request.method)) {
    send(request, response, refused({ kind: 'method-not-allowed', allow }));
    return;
  }
  if (answers !== undefined) demo.answers = answers;
  send(request, response, answer(200, { name: 'demo', answers: demo.answers }));
}

function write(request: Request, response: Response, { contentType, gzipped, plain, etag }: ServedFile): void {
  response.setHeader('Cache-Control', 'private, no-cache');
  response.setHeader('ETag', etag);
  response.setHeader('Vary', 'Accept-Encoding');
  if (request.headers['if-none-match'] === etag) {
    response.status(304).end();
    return;
  }
  const takesGzip = request.acceptsEncodings('gzip') === 'gzip';
  if (takesGzip) response.setHeader('Content-Encoding', 'gzip');
  const body = takesGzip ? gzipped : plain;
  response.setHeader('Content-Type', contentType);
  response.setHeader('Content-Length', body.length);
  response.end(request.method === 'HEAD' ? undefined : body);
}
