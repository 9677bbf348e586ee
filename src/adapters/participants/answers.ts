import { z } from 'zod';
import type { ParticipantAnswer } from '../../engine/participants';
import type { Received } from '../calls/exchange';
import { retryAfterMs } from '../calls/retryAfter';

/** The most characters of a participant's text that are shown to others. */
const TEXT_MAX = 200;
/** The wait after a 202 without `Retry-After`. */
const AGAIN_DEFAULT_MS = 1_000;
/** The longest wait that a participant may request: its transaction waits as long. */
const AGAIN_MAX_MS = 3_600_000;

/** A problem of RFC 9457. Every member is optional; a member of another type is ignored. */
const ProblemSchema = z.object({
  code: z.string().catch(''),
  detail: z.string().catch(''),
});

/**
 * The meaning of an answer, by the table of docs/participants.md: by its status and, for a refusal, its media type;
 * never by the words in its body. A proxy's 409 is no vote: a 409 counts only as readable problem+json.
 */
export function meaningOf(received: Received, nowMs: number): ParticipantAnswer {
  switch (received.status) {
    case 200:
    case 204:
      return { kind: 'ok' };
    case 202:
      return { kind: 'again', afterMs: afterMs(received.retryAfter, nowMs) };
    case 409:
      return refusalOf(received);
    default:
      return { kind: 'unknown', why: `answered ${received.status}` };
  }
}

function refusalOf({ contentType, body }: Received): ParticipantAnswer {
  if (!isProblem(contentType)) return { kind: 'unknown', why: 'answered 409 without application/problem+json' };
  const problem = ProblemSchema.safeParse(parseJson(body));
  if (!problem.success) return { kind: 'unknown', why: 'answered 409 with a body that is no problem' };
  const { code, detail } = problem.data;
  return { kind: 'conflict', code: shown(code) || 'refused', detail: shown(detail) };
}

export function isProblem(contentType: string): boolean {
  return contentType.split(';')[0]?.trim().toLowerCase() === 'application/problem+json';
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/**
 * A participant's text as it is stored and shown: short, on one line, and without characters that a PostgreSQL text
 * cannot hold (NUL, and half a surrogate pair, which truncation can leave).
 */
function shown(text: string): string {
  return text
    .slice(0, TEXT_MAX)
    .replace(/[\p{Cc}\p{Cs}]/gu, ' ')
    .trim();
}

function afterMs(header: string, nowMs: number): number {
  return Math.min(retryAfterMs(header, nowMs) ?? AGAIN_DEFAULT_MS, AGAIN_MAX_MS);
}
