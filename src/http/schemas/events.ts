import { z } from 'zod';
import { BEGINNING, type FeedCursor } from '../../engine/feed/cursor';
import { ACCOUNT_CHANGES, TRANSFER_CHANGES } from '../../engine/feed/store';
import { accountIdSchema, instantSchema, transferIdSchema } from './fields';
import { limitSchema } from './paging';
import { branchErrorSchema, reasonSchema, transferSchema } from './transferView';

/** The longest wait for a page: clients and proxies tend to give up after 30 seconds. */
export const WAIT_MS_MAX = 25_000;
const TYPES = [...TRANSFER_CHANGES, ...ACCOUNT_CHANGES] as const;

const CURSOR = /^(\d{1,20})-(\d{1,6})-(\d{1,16})$/;

/** Opaque to clients, so its content may change. */
export function cursorText({ position, count, atMs }: FeedCursor): string {
  return position === BEGINNING.position ? 'oldest' : `${position}-${count}-${atMs}`;
}

/** Reads what {@link cursorText} made. */
export function readCursor(text: string): FeedCursor | undefined {
  if (text === 'oldest') return BEGINNING;
  const [, position, count, atMs] = CURSOR.exec(text) ?? [];
  if (position === undefined || BigInt(position) > POSITION_MAX) return undefined;
  return { position: BigInt(position), count: Number(count), atMs: Number(atMs) };
}

const POSITION_MAX = 2n ** 64n - 1n;

const CURSOR_WORDS = 'must be a cursor of an event or a page, or oldest, or latest';
/** Where `latest` would be no place to go on from. */
export const PLACE_WORDS = 'must be the cursor of an event or of a page of events, or oldest';

export const eventsQuery = z.strictObject({
  after: z
    .string()
    .max(60, CURSOR_WORDS)
    .transform((text, context): FeedCursor | 'latest' => {
      const cursor = text === 'latest' ? text : readCursor(text);
      if (cursor !== undefined) return cursor;
      context.addIssue({ code: 'custom', message: CURSOR_WORDS });
      return z.NEVER;
    })
    .optional()
    .meta({
      description:
        'The cursor of the last event that was read, or the nextCursor of the last page. `oldest`, as without it, is the beginning of what is kept; `latest` is now.',
    }),
  types: z
    .string()
    .transform((text, context) => {
      const types = text.split(',').map((part) => part.trim());
      if (types.every((type) => TYPES.some((one) => one === type))) return new Set(types);
      context.addIssue({ code: 'custom', message: `must be some of ${TYPES.join(', ')}, parted by commas` });
      return z.NEVER;
    })
    .optional()
    .meta({ description: `Only events of these types, parted by commas: ${TYPES.join(', ')}. All unless said.` }),
  account: accountIdSchema
    .optional()
    .meta({ description: 'Only events of this account, and of transfers from or to it.' }),
  limit: limitSchema,
  waitMs: z
    .string()
    .regex(/^\d{1,5}$/, `must be milliseconds, 0 to ${WAIT_MS_MAX}`)
    .transform(Number)
    .pipe(z.number().max(WAIT_MS_MAX, `must be milliseconds, 0 to ${WAIT_MS_MAX}`))
    .default(0)
    .meta({
      description: `Milliseconds to wait for an event when there is none, up to ${WAIT_MS_MAX}. Not for a stream.`,
      type: 'integer',
      minimum: 0,
      maximum: WAIT_MS_MAX,
    }),
});

const cursorSchema = z
  .string()
  .meta({ description: 'The place after this event: `after` of the next request, `id` of a stream.' });
const event = {
  cursor: cursorSchema,
  at: instantSchema,
  version: z
    .int()
    .meta({ description: 'Grows with each change of one transfer or account: the highest is the newest.' }),
};

const { origin, destination, amount, postings, currency, amountAuthorized, amountCaptured, expiresAt, refunds } =
  transferSchema.shape;
const { metadata, requestedBy } = transferSchema.shape;

const transferEventSchema = z.object({
  ...event,
  type: z.enum(TRANSFER_CHANGES),
  transferId: transferIdSchema,
  origin,
  destination,
  amount: amount.optional(),
  postings,
  currency,
  amountAuthorized,
  amountCaptured,
  expiresAt,
  refunds,
  metadata,
  requestedBy,
  participants: z
    .array(z.object({ participant: z.string(), branch: z.string() }))
    .optional()
    .meta({ description: 'The services elsewhere that take part.' }),
  reason: reasonSchema.optional().meta({ description: 'Why it was aborted.' }),
  errors: z.array(branchErrorSchema).optional().meta({ description: 'What it failed on.' }),
});

const accountEventSchema = z.object({ ...event, type: z.enum(ACCOUNT_CHANGES), account: accountIdSchema });

export const eventSchema = z
  .union([transferEventSchema, accountEventSchema])
  .meta({ id: 'Event', description: 'One change. Of a transfer it tells what was so at the change.' });

export const eventsSchema = z.object({
  items: z.array(eventSchema),
  nextCursor: z.string().meta({ description: '`after` of the next request, also when there was nothing to tell.' }),
  hasMore: z.boolean().meta({ description: 'Whether the next page is likely to be there already.' }),
});

export const streamSchema = z.string().meta({ description: 'Server-Sent Events, each with an Event as its `data`.' });

export type TransferEventView = z.infer<typeof transferEventSchema>;
export type EventView = z.infer<typeof eventSchema>;
