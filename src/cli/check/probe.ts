import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import { exchange, type Received } from '../../adapters/calls/exchange';
import { whyOf } from '../../adapters/calls/failures';
import { createPool, type Pool } from '../../adapters/calls/pool';
import { Signer } from '../../adapters/calls/signature';
import { meaningOf } from '../../adapters/participants/answers';
import { basePathOf, pathOf, writeBody } from '../../adapters/participants/protocol';
import type { ParticipantCall } from '../../engine/participants';
import { type CutWhen, sendAndCut } from './cut';
import type { Message } from './message';

export interface Subject {
  readonly url: string;
  readonly secret: string;
  readonly payload: unknown;
  /** A payload that the participant refuses; undefined if none is known. */
  readonly refusedPayload: unknown;
  readonly races: number;
  readonly timeoutMs: number;
}

export interface Branch {
  readonly transaction: string;
  readonly branch: string;
}

/** The result of a request: an answer, or the reason why there was none. */
export type Seen =
  | { readonly status: number; readonly received: Received }
  | { readonly status: 'none'; readonly why: string };

/** The check was stopped. */
export class StoppedError extends Error {
  override readonly name = 'StoppedError';
}

/** The most calls in flight that a rule makes. */
export const AT_ONCE = 20;
const AGAIN_WITHIN_MS = 30_000;
const TROUBLE_MAX = 6;

/** Calls the participant under test, and collects what the final report needs. */
export class Probe {
  /** Every 409 answer. */
  readonly refusals: Received[] = [];
  /** The paths of the branches that were committed. */
  readonly committed = new Set<string>();
  /** Answers of a server in trouble, and missing answers. The coordinator would repeat the call after them. */
  troubles = 0;
  /** A secret that the participant does not know. */
  readonly strangers = new Signer([`whsec_${randomBytes(32).toString('base64')}`]);
  readonly signer: Signer;
  private readonly prepared = new Map<string, Branch>();
  private readonly pool: Pool;

  constructor(
    readonly subject: Subject,
    readonly nowMs: () => number,
    private readonly stop?: AbortSignal,
  ) {
    this.signer = new Signer([subject.secret]);
    this.pool = createPool(subject.url, { connectionsMax: AT_ONCE * 2, connectTimeoutMs: subject.timeoutMs });
  }

  newBranch(): Branch {
    return { transaction: uuidv7(), branch: `check-${randomBytes(4).toString('hex')}` };
  }

  /** The body of a call, as the coordinator writes it. */
  bodyOf(branch: Branch, call: ParticipantCall, payload: unknown = this.subject.payload): string {
    const more = call === 'prepare' ? { payload } : call === 'abort' ? { reason: 'client' } : {};
    return writeBody({ call, ...branch, ...more, attempt: 1, deadlineInMs: this.subject.timeoutMs });
  }

  messageOf(branch: Branch, call: ParticipantCall, body = this.bodyOf(branch, call), signer = this.signer): Message {
    const path = basePathOf(this.subject.url) + pathOf({ ...branch, call });
    return { path, headers: { ...signer.sign(body, this.nowMs()) }, body };
  }

  /** Sends one request. Resolves to the answer, or to the reason why there was none. */
  async send(message: Message): Promise<Seen> {
    try {
      const received = await exchange(this.pool, { method: 'PUT', ...message, timeoutMs: this.subject.timeoutMs });
      if (received.status === 409) this.refusals.push(received);
      return { status: received.status, received };
    } catch (error) {
      return { status: 'none', why: whyOf(error, this.subject.timeoutMs) };
    }
  }

  /** Makes a call as the coordinator does: repeats it after a 202, after an answer of a server in trouble, and after no answer. */
  ask(branch: Branch, call: ParticipantCall, payload?: unknown): Promise<Seen> {
    if (this.stop?.aborted === true) throw new StoppedError();
    return this.askOn(branch, call, payload);
  }

  /** Makes a call and cuts its connection, at the latest when the answer begins. */
  cut(branch: Branch, call: ParticipantCall, when: CutWhen): Promise<void> {
    if (call === 'prepare') this.prepared.set(pathOf({ ...branch, call }), branch);
    return sendAndCut(new URL(this.subject.url).origin, this.messageOf(branch, call), when, this.subject.timeoutMs);
  }

  /** Aborts the branches that a rule left prepared, so that nothing stays reserved. Resolves to the number that may still be prepared. */
  async release(): Promise<number> {
    await inLanes([...this.prepared.values()], (branch) => this.askOn(branch, 'abort'));
    return this.prepared.size;
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }

  private async askOn(branch: Branch, call: ParticipantCall, payload?: unknown): Promise<Seen> {
    const key = pathOf({ ...branch, call });
    if (call === 'prepare') this.prepared.set(key, branch);
    const untilMs = this.nowMs() + AGAIN_WITHIN_MS;
    for (let troubles = 0; ; ) {
      const seen = await this.send(this.messageOf(branch, call, this.bodyOf(branch, call, payload)));
      const isAgain = seen.status === 202;
      if (!isAgain && !isTrouble(seen)) return this.noted(branch, call, seen);
      if (!isAgain) this.troubles += 1;
      troubles += isAgain ? 0 : 1;
      if (troubles === TROUBLE_MAX || this.nowMs() > untilMs) return seen;
      await sleep(isAgain ? this.againMs(seen) : 50 * 2 ** troubles);
    }
  }

  private noted(branch: Branch, call: ParticipantCall, seen: Seen): Seen {
    // A 409 is final too: a refused prepare reserved nothing, and a refused decision means that the other one was
    // carried out.
    if (seen.status === 409 || (call !== 'prepare' && isDone(seen)))
      this.prepared.delete(pathOf({ ...branch, call: 'prepare' }));
    if (isDone(seen) && call === 'commit') this.committed.add(pathOf({ ...branch, call }));
    return seen;
  }

  private againMs(seen: Seen): number {
    const meaning = seen.status === 'none' ? undefined : meaningOf(seen.received, this.nowMs());
    return Math.min(meaning?.kind === 'again' ? Math.max(meaning.afterMs, 10) : 1_000, AGAIN_WITHIN_MS);
  }
}

export function isDone({ status }: Seen): boolean {
  return status === 200 || status === 204;
}

function isTrouble({ status }: Seen): boolean {
  return status === 'none' || status >= 500 || status === 429;
}

/** Does the work for each item, {@link AT_ONCE} at a time. After the first failure it begins no other item, and rejects. */
export async function inLanes<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const waiting = items.values();
  const failures: unknown[] = [];
  const lane = async (): Promise<void> => {
    for (const item of waiting) {
      if (failures.length > 0) return;
      await work(item).catch((error: unknown) => failures.push(error));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  if (failures.length > 0) throw failures[0];
}
