import type { ChangeType } from '../../../engine/feed/store';
import type { DeliveryRecord, Webhook } from '../../../engine/webhooks/webhooks';
import { type CursorColumns, cursorOf, isChangeType, type UntilColumns, untilOf } from './rows';

export interface WebhookRow extends UntilColumns {
  readonly id: string;
  readonly url: string;
  readonly types: readonly string[];
  readonly created_at: Date;
  readonly created_by: string | null;
  readonly failing_since: Date | null;
  readonly disabled_at: Date | null;
  readonly gap_at: Date | null;
  readonly secrets: readonly { readonly made_at: string; readonly ends_at: string | null }[] | null;
  readonly pending: bigint;
  readonly oldest_pending: bigint | null;
  readonly replay_position: string | null;
  readonly replay_count: number | null;
  readonly replay_at_ms: bigint | null;
}

export function webhookOf(row: WebhookRow): Webhook {
  const { id, url, types, created_at, created_by, failing_since, disabled_at, gap_at, secrets } = row;
  const { pending, oldest_pending } = row;
  return {
    id,
    url,
    types: types.filter(isChangeType),
    createdAt: created_at.toISOString(),
    ...(created_by !== null && { createdBy: created_by }),
    ...(failing_since && { failingSince: failing_since.toISOString() }),
    ...(disabled_at && { disabledAt: disabled_at.toISOString() }),
    ...(gap_at && { gapAt: gap_at.toISOString() }),
    secrets: (secrets ?? []).map(({ made_at, ends_at }) => ({
      madeAt: new Date(made_at).toISOString(),
      ...(ends_at !== null && { endsAt: new Date(ends_at).toISOString() }),
    })),
    pending: Number(pending),
    ...(oldest_pending !== null && { oldestPendingAt: new Date(Number(oldest_pending)).toISOString() }),
    ...replayOf(row),
  };
}

function replayOf(row: WebhookRow): Pick<Webhook, 'replay'> {
  const { replay_position: position, replay_count: count, replay_at_ms: at_ms } = row;
  const until = untilOf(row);
  if (!until || position === null || count === null || at_ms === null) return {};
  return { replay: { cursor: cursorOf({ position, count, at_ms }), until } };
}

export type DeliveryRow = CursorColumns & {
  readonly type: ChangeType;
  readonly attempts: number;
  readonly attempted_at: Date | null;
  readonly next_attempt_at: Date | null;
  readonly delivered_at: Date | null;
  readonly answer_status: number | null;
  readonly answer_ms: number | null;
  readonly error: string | null;
};

export function deliveryOf(row: DeliveryRow): DeliveryRecord {
  const { type, attempts, attempted_at, next_attempt_at, delivered_at, answer_status, answer_ms, error } = row;
  return {
    cursor: cursorOf(row),
    type,
    attempts,
    ...(attempted_at && { attemptedAt: attempted_at.toISOString() }),
    ...(answer_status !== null && { answerStatus: answer_status }),
    ...(answer_ms !== null && { answerMs: answer_ms }),
    ...(error !== null && { error }),
    ...(delivered_at && { deliveredAt: delivered_at.toISOString() }),
    ...(next_attempt_at && { nextAttemptAt: next_attempt_at.toISOString() }),
  };
}
