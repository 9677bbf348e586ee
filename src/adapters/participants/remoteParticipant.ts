import type { LookupFunction } from 'node:net';
import {
  BrokenCircuitError,
  BulkheadRejectedError,
  bulkhead,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhenResult,
} from 'cockatiel';
import type { Log } from '../../engine/log';
import type { ParticipantAnswer, ParticipantRequest, ParticipantStatus } from '../../engine/participants';
import { traced } from '../../engine/tracing';
import { exchange } from '../calls/exchange';
import { whyOf } from '../calls/failures';
import { createPool, type Pool } from '../calls/pool';
import { Signer } from '../calls/signature';
import { traceHeaders } from '../otel/traceHeaders';
import { meaningOf } from './answers';
import type { ParticipantSettings } from './participantsFile';
import { basePathOf, pathOf, writeBody } from './protocol';

/**
 * After this many failed calls in a row, calls are not sent for a while. A call fails without an answer, or with an
 * answer of a server in trouble.
 */
const FAILURES_MAX = 5;
/** Shorter than most waits between attempts, so that a participant that is back gets the next call or the one after. */
const TRY_AGAIN_MS = 1_000;
/** Calls that may wait for each call in flight. The next caller learns at once that its call was not sent. */
const WAITING_PER_PLACE = 4;

const BREAKER_WORDS = {
  [CircuitState.Closed]: 'closed',
  [CircuitState.HalfOpen]: 'half-open',
  [CircuitState.Open]: 'open',
  [CircuitState.Isolated]: 'open',
} as const;

type Headers = Readonly<Record<string, string>>;

interface Sent {
  readonly answer: ParticipantAnswer;
  /** Whether the next call would meet the same trouble. Not so for a 404: it concerns this one branch. */
  readonly isTrouble: boolean;
}

/** One participant, with its own connections, limits and circuit breaker. If it is slow, only its own calls wait. */
export class RemoteParticipant {
  private readonly pool: Pool;
  private readonly basePath: string;
  private readonly signer: Signer;
  private readonly places;
  private readonly breaker = circuitBreaker(
    handleWhenResult((sent) => (sent as Sent).isTrouble),
    { halfOpenAfter: TRY_AGAIN_MS, breaker: new ConsecutiveBreaker(FAILURES_MAX) },
  );
  private reachable: boolean | undefined;
  private lastError: ParticipantStatus['lastError'];

  constructor(
    readonly name: string,
    private readonly settings: ParticipantSettings,
    private readonly nowMs: () => number,
    log: Log,
    lookup: LookupFunction,
  ) {
    this.basePath = basePathOf(settings.url);
    this.signer = new Signer(settings.secrets);
    this.places = bulkhead(settings.concurrency, settings.concurrency * WAITING_PER_PLACE);
    this.pool = createPool(settings.url, {
      connectionsMax: settings.concurrency,
      connectTimeoutMs: settings.timeoutMs,
      lookup,
    });
    this.tellOf(log);
  }

  call(request: ParticipantRequest): Promise<ParticipantAnswer> {
    const attributes = () => ({
      'tandem.participant': this.name,
      'tandem.transaction': request.transaction,
      'server.address': new URL(this.settings.url).hostname,
    });
    return traced(`participant ${request.call}`, attributes, async (add) => {
      const answer = await this.inTurn(request);
      add({ 'tandem.answer': answer.kind });
      return answer;
    });
  }

  status(): ParticipantStatus {
    const { concurrency, url } = this.settings;
    return {
      name: this.name,
      url,
      reachable: this.reachable,
      breaker: BREAKER_WORDS[this.breaker.state],
      inFlight: concurrency - this.places.executionSlots,
      waiting: concurrency * WAITING_PER_PLACE - this.places.queueSlots,
      ...(this.lastError && { lastError: this.lastError }),
    };
  }

  /** Cuts off the calls in flight: they end as `unknown`. */
  close(): Promise<void> {
    return this.pool.destroy();
  }

  /** Logs once that the participant went away and once that it is back, regardless of attempts in between. */
  private tellOf(log: Log): void {
    let isAway = false;
    this.breaker.onBreak(() => {
      const fields = { participant: this.name, why: this.lastError?.why };
      if (!isAway) log.warn(fields, 'a participant does not answer; it is tried once a second');
      isAway = true;
    });
    this.breaker.onReset(() => {
      log.info({ participant: this.name }, 'a participant answers again');
      isAway = false;
    });
  }

  private async inTurn(request: ParticipantRequest): Promise<ParticipantAnswer> {
    const endsAtMs = performance.now() + request.deadlineInMs;
    // Read here: a queued call later starts in the context of the call that made room for it.
    const trace = traceHeaders();
    try {
      return await this.places.execute(async () => {
        if (request.call === 'prepare' && performance.now() >= endsAtMs)
          return unknown('not sent: its deadline passed');
        const sent = await this.breaker.execute(() => this.send(request, endsAtMs, trace));
        return sent.answer;
      });
    } catch (error) {
      if (error instanceof BulkheadRejectedError) return unknown('not sent: too many calls wait for it');
      if (!(error instanceof BrokenCircuitError)) throw error;
      return unknown(`not sent: the last calls failed (${this.lastError?.why})`);
    }
  }

  private async send(request: ParticipantRequest, endsAtMs: number, trace: Headers): Promise<Sent> {
    const leftMs = Math.max(Math.ceil(endsAtMs - performance.now()), 0);
    const timeoutMs = request.call === 'prepare' ? Math.min(this.settings.timeoutMs, leftMs) : this.settings.timeoutMs;
    const body = writeBody({ ...request, deadlineInMs: leftMs });
    const path = this.basePath + pathOf(request);
    const headers = { ...this.signer.sign(body, this.nowMs()), ...trace };
    try {
      const received = await exchange(this.pool, { method: 'PUT', path, headers, body, timeoutMs });
      // A proxy answers 502 or 503 in place of a service that is down.
      const isTrouble = received.status >= 500 || received.status === 429;
      this.reachable = !isTrouble;
      return { answer: this.noted(meaningOf(received, this.nowMs())), isTrouble };
    } catch (error) {
      this.reachable = false;
      return { answer: this.noted(unknown(whyOf(error, timeoutMs))), isTrouble: true };
    }
  }

  private noted(answer: ParticipantAnswer): ParticipantAnswer {
    if (answer.kind === 'unknown') this.lastError = { why: answer.why, at: new Date(this.nowMs()).toISOString() };
    return answer;
  }
}

function unknown(why: string): ParticipantAnswer {
  return { kind: 'unknown', why };
}
