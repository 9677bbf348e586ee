import type { FeedCursor } from '../../../engine/feed/cursor';
import { ACCOUNT_CHANGES, type ChangeType, TRANSFER_CHANGES } from '../../../engine/feed/store';

/** A cursor of the feed as columns; xid8 is read as text. */
export interface CursorColumns {
  readonly position: string;
  readonly count: number;
  readonly at_ms: bigint;
}

export function cursorOf({ position, count, at_ms }: CursorColumns): FeedCursor {
  return { position: BigInt(position), count, atMs: Number(at_ms) };
}

/** Where a replay ends; all null in a course without an end. */
export interface UntilColumns {
  readonly until_position: string | null;
  readonly until_count: number | null;
  readonly until_at_ms: bigint | null;
}

export function untilOf(columns: UntilColumns): FeedCursor | undefined {
  const { until_position: position, until_count: count, until_at_ms: at_ms } = columns;
  return position === null || count === null || at_ms === null ? undefined : cursorOf({ position, count, at_ms });
}

/** The cursor as bindings of a statement. */
export function columnsOf({ position, count, atMs }: FeedCursor): {
  readonly position: string;
  readonly count: number;
  readonly atMs: number;
} {
  return { position: String(position), count, atMs };
}

const TYPES: ReadonlySet<string> = new Set<ChangeType>([...TRANSFER_CHANGES, ...ACCOUNT_CHANGES]);

/** Whether this version knows the type: another version may have written types that this one cannot report. */
export function isChangeType(type: string): type is ChangeType {
  return TYPES.has(type);
}
