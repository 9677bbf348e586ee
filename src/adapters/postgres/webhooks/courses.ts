import type { FeedCursor } from '../../../engine/feed/cursor';
import type { Course, CourseStore, Step } from '../../../engine/webhooks/store';
import type { ReadPool } from '../reads/readPool';
import { type CursorColumns, columnsOf, cursorOf, isChangeType, type UntilColumns, untilOf } from './rows';

type CourseRow = CursorColumns &
  UntilColumns & {
    readonly webhook_id: string;
    readonly types: readonly string[];
  };

/** How far each webhook's course has read the feed. */
export class PostgresCourses implements CourseStore {
  constructor(private readonly pool: ReadPool) {}

  async courses(pendingMax: number): Promise<readonly Course[]> {
    const rows = await this.pool.rows<CourseRow>(COURSES, { pendingMax });
    return rows.map((row) => {
      const until = untilOf(row);
      const types = new Set(row.types.filter(isChangeType));
      return { webhookId: row.webhook_id, types, cursor: cursorOf(row), ...(until && { until }) };
    });
  }

  async advance(course: Course, { deliveries, next }: Step): Promise<boolean> {
    const rows = await this.pool.rows(advanceSql(next === undefined), {
      ...courseBindings(course),
      ...nextBindings(next),
      positions: deliveries.map(({ cursor }) => String(cursor.position)),
      counts: deliveries.map(({ cursor }) => cursor.count),
      ats: deliveries.map(({ cursor }) => cursor.atMs),
      types: deliveries.map(({ type }) => type),
      bodies: deliveries.map(({ body }) => body),
    });
    return rows.length > 0;
  }

  async skip(course: Course, next: FeedCursor): Promise<boolean> {
    const rows = await this.pool.rows(SKIP, { ...courseBindings(course), ...nextBindings(next) });
    return rows.length > 0;
  }
}

function courseBindings({ webhookId, cursor, until }: Course) {
  return { webhookId, isReplay: until !== undefined, ...columnsOf(cursor) };
}

function nextBindings(next: FeedCursor | undefined) {
  if (!next) return {};
  return { nextPosition: String(next.position), nextCount: next.count, nextAtMs: next.atMs };
}

/** Stops counting pending deliveries once there are enough. */
const COURSES = `
select c.webhook_id, w.types, cast(c.position as text) as position, c.count, c.at_ms,
  cast(c.until_position as text) as until_position, c.until_count, c.until_at_ms
from webhook_courses c join webhooks w on w.id = c.webhook_id
where w.disabled_at is null
  and :pendingMax > (
    select count(*) from (
      select from webhook_deliveries d
      where d.webhook_id = w.id and d.next_attempt_at is not null
      limit :pendingMax) pending)
order by c.webhook_id, c.is_replay`;

/** The course, if it is still as this process read it. */
const COURSE = `
webhook_id = cast(:webhookId as uuid) and is_replay = :isReplay
and position = cast(:position as xid8) and count = :count and at_ms = :atMs`;

const MOVE = `
update webhook_courses set position = cast(:nextPosition as xid8), count = :nextCount, at_ms = :nextAtMs
where ${COURSE}
returning webhook_id`;

const END = `delete from webhook_courses where ${COURSE} returning webhook_id`;

/**
 * Writes the deliveries of the feed section that the course passes, and the course's new position: all of it, or
 * nothing. A replay makes an existing delivery due again, even during an attempt; the result of that attempt is then
 * ignored.
 */
const advanceSql = (isOver: boolean): string => `
with course as (${isOver ? END : MOVE}),
made as (
  insert into webhook_deliveries as d (webhook_id, position, count, at_ms, type, body, next_attempt_at)
  select c.webhook_id, cast(e.position as xid8), e.count, e.at_ms, e.type, e.body, clock_timestamp()
  from course c
  cross join unnest(cast(:positions as text[]), cast(:counts as int[]), cast(:ats as bigint[]), cast(:types as text[]),
    cast(:bodies as text[])) as e(position, count, at_ms, type, body)
  order by cast(e.position as xid8), e.count, e.at_ms
  on conflict (webhook_id, position, count, at_ms) do update
  set body = excluded.body, attempts = 0, claim = null, attempted_at = null, next_attempt_at = excluded.next_attempt_at,
    delivered_at = null, answer_status = null, answer_ms = null, error = null
)
select webhook_id from course`;

const SKIP = `
with course as (${MOVE})
update webhooks w set gap_at = clock_timestamp() from course c where w.id = c.webhook_id
returning w.id`;
