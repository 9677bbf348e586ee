import { z } from 'zod';
import { problemOfAddress } from '../../adapters/calls/address';
import { ACCOUNT_CHANGES, TRANSFER_CHANGES } from '../../engine/feed/store';
import { eventSchema, PLACE_WORDS, readCursor } from './events';
import { instantSchema } from './fields';
import { cursorSchema, limitSchema, nextCursorSchema } from './paging';

const TYPES = [...TRANSFER_CHANGES, ...ACCOUNT_CHANGES] as const;
const URL_MAX = 2_000;
const DAY_MS = 86_400_000;
const GRACE_MS_MAX = 7 * DAY_MS;

const idSchema = z
  .uuid('must be the id of a webhook')
  .lowercase('must be in lower case')
  .meta({ id: 'WebhookId', description: 'Names a webhook: a UUID in lower case.' });

export const webhookParams = z.object({ id: idSchema });

const urlSchema = z
  .string()
  .max(URL_MAX)
  .superRefine((text, context) => {
    const problem = problemOfAddress(text) ?? (new URL(text).hash === '' ? undefined : 'must carry no fragment');
    if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
  })
  .meta({ description: 'Where events are sent to, with POST: https, or http on loopback.' });

export const webhookBody = z
  .strictObject({
    url: urlSchema,
    types: z
      .array(z.enum(TYPES))
      .min(1)
      .max(TYPES.length)
      .meta({ description: 'The types of events that it is told of.' }),
  })
  .meta({ id: 'NewWebhook' });

export const webhookSchema = z
  .object({
    id: idSchema,
    url: z.string(),
    types: z.array(z.enum(TYPES)),
    createdAt: instantSchema,
    createdBy: z.string().optional().meta({ description: 'Who made it, where that is known.' }),
    failingSince: instantSchema.optional().meta({ description: 'The first attempt that failed since one succeeded.' }),
    disabledAt: instantSchema
      .optional()
      .meta({ description: 'Nothing is sent since then, until it is enabled again.' }),
    gapAt: instantSchema.optional().meta({
      description: 'When events were lost that it was to be told of, because they were older than what is kept.',
    }),
    secrets: z
      .array(z.object({ madeAt: instantSchema, endsAt: instantSchema.optional() }))
      .meta({ description: 'Those that sign, the newest first, without the secrets themselves.' }),
    pending: z.int().meta({ description: 'Deliveries that are written down and to be made.' }),
    oldestPendingAt: instantSchema.optional().meta({ description: 'When the oldest event of them happened.' }),
    replay: z
      .object({ after: z.string(), until: z.string() })
      .optional()
      .meta({ description: 'The replay that is under way: how far it is, and how far it goes.' }),
  })
  .meta({ id: 'Webhook', description: 'An address that is told of events.' });

export const webhooksSchema = z.object({ items: z.array(webhookSchema) });

export const webhookSecretSchema = webhookSchema
  .extend({ secret: z.string().meta({ description: 'What the signatures are made with; told in this answer alone.' }) })
  .meta({ id: 'WebhookWithSecret' });

const GRACE_WORDS = `must be milliseconds, 0 to ${GRACE_MS_MAX}`;

export const rotateBody = z
  .strictObject({
    graceMs: z.int(GRACE_WORDS).min(0, GRACE_WORDS).max(GRACE_MS_MAX, GRACE_WORDS).default(DAY_MS).meta({
      description: 'Milliseconds for which the secrets before it sign beside the new one; a day unless said.',
    }),
  })
  .meta({ id: 'RotateSecret' });

const place = z
  .string()
  .max(60, PLACE_WORDS)
  .transform((text, context) => {
    const cursor = readCursor(text);
    if (cursor) return cursor;
    context.addIssue({ code: 'custom', message: PLACE_WORDS });
    return z.NEVER;
  });

export const replayBody = z
  .strictObject({
    after: place.meta({ description: 'The cursor after which it begins; `oldest` is the beginning of what is kept.' }),
    until: place.optional().meta({ description: 'The cursor of the last event that is sent; the newest unless said.' }),
  })
  .meta({ id: 'ReplayEvents' });

export const deliveriesQuery = z.strictObject({
  status: z
    .enum(['pending', 'delivered'])
    .optional()
    .meta({ description: 'Only those that are to be made, or only those that were.' }),
  limit: limitSchema,
  cursor: cursorSchema(
    z.string().transform((text, context) => {
      const cursor = readCursor(text);
      if (cursor) return cursor;
      context.addIssue({ code: 'custom', message: 'is no place' });
      return z.NEVER;
    }),
  ),
});

export const deliverySchema = z
  .object({
    event: z.string().meta({ description: 'The cursor of the event; its `webhook-id` is this with `evt_` before it.' }),
    type: z.enum(TYPES),
    status: z.enum(['pending', 'delivered']),
    attempts: z.int().meta({ description: 'That were begun.' }),
    attemptedAt: instantSchema.optional().meta({ description: 'When the last one was begun.' }),
    answerStatus: z
      .int()
      .optional()
      .meta({ description: 'Of the last answer that came, if the last attempt got one.' }),
    answerMs: z.int().optional().meta({ description: 'Milliseconds that the last attempt took.' }),
    error: z.string().optional().meta({ description: 'Why the last attempt did not succeed.' }),
    deliveredAt: instantSchema.optional(),
    nextAttemptAt: instantSchema.optional().meta({ description: 'When it is tried next.' }),
  })
  .meta({ id: 'Delivery', description: 'What was tried to tell a webhook of one event.' });

export const deliveriesSchema = z.object({ items: z.array(deliverySchema), nextCursor: nextCursorSchema });

/** The body that a webhook receives. */
export const webhookBodySchema = z
  .object({
    type: z.enum(TYPES),
    timestamp: instantSchema.meta({ description: 'When it happened.' }),
    version: z.int().meta({
      description: 'Grows with each change of one transfer or account: what came with a higher one is newer.',
    }),
    data: eventSchema,
  })
  .meta({ id: 'WebhookEvent', description: 'What a webhook is sent of an event.' });

export type WebhookView = z.infer<typeof webhookSchema>;
export type DeliveryView = z.infer<typeof deliverySchema>;
export type WebhookBody = z.infer<typeof webhookBodySchema>;
