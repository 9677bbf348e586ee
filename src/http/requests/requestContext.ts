import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { uuidv7 } from '../../adapters/uuid';
import type { TransactionId } from '../../domain/ids';
import type { Meter } from '../deps';
import { type Caller, UNKNOWN_CALLER } from './caller';

/** A valid request id from a client: short, and safe in a header, a URI and a log line. */
const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** The state of one request. */
export class RequestContext {
  readonly id: string;
  readonly startedAt = performance.now();
  /** The route's path with its placeholders; unset if no route matched. */
  route: string | undefined;
  /** The request's transfer, once known; logged. */
  transferId: TransactionId | undefined;
  caller: Caller = UNKNOWN_CALLER;
  /** Whether the log already has the cause of the bad answer: a dependency is away, the service is full, or the process is stopping. */
  isTold = false;
  private child: Logger | undefined;

  constructor(
    request: IncomingMessage,
    private readonly parentLog: Logger,
    /** Counts the answer. */
    readonly meter: Pick<Meter, 'request'>,
  ) {
    const sent = request.headers['x-request-id'];
    this.id = typeof sent === 'string' && REQUEST_ID.test(sent) ? sent : uuidv7();
  }

  /** Whether a line of this level would be written. */
  isLogged(level: 'warn' | 'debug'): boolean {
    return this.parentLog.isLevelEnabled(level);
  }

  /** Created on first use: most requests log nothing. */
  get log(): Logger {
    this.child ??= this.parentLog.child({ requestId: this.id });
    return this.child;
  }

  get elapsedMs(): number {
    return performance.now() - this.startedAt;
  }
}

declare module 'express-serve-static-core' {
  interface Request {
    context: RequestContext;
  }
}
