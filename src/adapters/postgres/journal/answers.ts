import { z } from 'zod';
import type { AccountRefusal } from '../../../domain/account/commands';
import { AMOUNT_MAX } from '../../../domain/money';
import type { OperationAnswer } from '../../../engine/journal/requestKey';

/** Amounts in stored JSON are integers within ±2^53, exact as JSON numbers. */
const amount = z.number().int().transform(BigInt);

/** Earlier versions stored more than AMOUNT_MAX, rounded. Clients are shown AMOUNT_MAX at most. */
const available = z.number().transform((stored) => BigInt(Math.min(stored, Number(AMOUNT_MAX))));

const stored = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('accepted'), balance: amount, held: amount, incoming: amount, available }),
  z.object({ kind: z.literal('account-not-found') }),
  z.object({ kind: z.literal('account-already-exists') }),
  z.object({ kind: z.literal('account-closed') }),
  z.object({ kind: z.literal('account-not-empty') }),
  z.object({ kind: z.literal('account-frozen'), frozen: z.enum(['debits', 'all']) }),
  z.object({ kind: z.literal('balance-limit-exceeded') }),
  z.object({ kind: z.literal('insufficient-funds'), missing: amount }),
]);

/** The answer of a command, as stored under its key. */
export function answerToJson(answer: OperationAnswer): string {
  const told: object = answer.kind === 'refused' ? answer.refusal : answer;
  return JSON.stringify(told, (_key, value: unknown) => (typeof value === 'bigint' ? Number(value) : value));
}

export function answerOf(json: unknown): OperationAnswer {
  const answer = stored.parse(json);
  if (answer.kind === 'accepted') return answer;
  const refusal: AccountRefusal = answer;
  return { kind: 'refused', refusal };
}
