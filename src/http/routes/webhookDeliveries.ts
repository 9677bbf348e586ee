import { compareCursors } from '../../engine/feed/cursor';
import { answer, refused } from '../answers/answer';
import { viewDelivery, viewWebhook } from '../answers/webhookView';
import type { HttpDeps } from '../deps';
import { DELIVERY, REPLAYING, WEBHOOK_ID } from '../examples/webhooks';
import { requestedBy } from '../requests/caller';
import { type Route, route } from '../requests/route';
import { cursorText } from '../schemas/events';
import { cursorOf } from '../schemas/paging';
import { deliveriesQuery, deliveriesSchema, replayBody, webhookParams, webhookSchema } from '../schemas/webhooks';

const ABOUT = { tag: 'webhooks', access: { kind: 'admin' }, params: webhookParams } as const;

export function deliveryRoutes({ webhooks: { store }, feed }: Pick<HttpDeps, 'webhooks' | 'feed'>): Route[] {
  const list = route({
    ...ABOUT,
    method: 'get',
    path: '/webhooks/{id}/deliveries',
    name: 'listDeliveries',
    summary: 'List what was tried to deliver to a webhook, and what is still to be',
    description:
      'By event, the newest first. They are kept as long as events. `nextCursor` of the answer is the `cursor` of the next page.',
    example: { params: { id: WEBHOOK_ID }, query: { status: 'pending' } },
    query: deliveriesQuery,
    responses: {
      200: { description: 'One page.', schema: deliveriesSchema, example: { items: [DELIVERY], nextCursor: null } },
    },
    refusals: ['webhook-not-found'],
    async handler({ params: { id }, query: { status, limit, cursor } }) {
      const page = await store.deliveries(id, { status }, limit, cursor);
      if (!page) return refused({ kind: 'webhook-not-found' });
      const nextCursor = cursorOf(page.next && cursorText(page.next));
      return answer(200, { items: page.items.map(viewDelivery), nextCursor });
    },
  });

  const replay = route({
    ...ABOUT,
    method: 'post',
    path: '/webhooks/{id}/replay',
    name: 'replayEvents',
    summary: 'Send a webhook a part of the feed once more',
    description:
      'The events after the cursor `after`, as far as `until` and including it, of the types that the webhook is told of; each with the `webhook-id` that it had. One replay at a time: `replay` of the webhook tells how far it is.',
    example: { params: { id: WEBHOOK_ID }, body: { after: '812-0-1795298400004' } },
    body: replayBody,
    responses: {
      202: { description: 'It is being sent.', schema: webhookSchema, example: REPLAYING, headers: ['Location'] },
    },
    refusals: ['webhook-not-found', 'cursor-expired', 'replay-under-way'],
    async handler({ params: { id }, body: { after, until }, context }) {
      const latest = await feed.store.latest();
      const end = until && compareCursors(until, latest) < 0 ? until : latest;
      if (until && compareCursors(until, after) < 0) {
        const wrong = { in: 'body', path: 'until', message: 'must not come before after' } as const;
        return refused({ kind: 'invalid-request', errors: [wrong] });
      }
      if (!(await store.get(id))) return refused({ kind: 'webhook-not-found' });
      if (!(await feed.store.read(after, 1)))
        return refused({ kind: 'cursor-expired', oldest: cursorText(await feed.store.oldest()) });
      const begun = await store.replay(id, after, end);
      if (begun === 'under-way') return refused({ kind: 'replay-under-way' });
      const webhook = begun === 'begun' ? await store.get(id) : undefined;
      if (!webhook) return refused({ kind: 'webhook-not-found' });
      const { requestedBy: by } = requestedBy(context.caller);
      context.log.info({ webhook: id, by }, 'events are sent to a webhook once more');
      return answer(202, viewWebhook(webhook), { Location: `/webhooks/${id}` });
    },
  });

  return [list, replay];
}
