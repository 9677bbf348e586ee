import type { WithSecret } from '../../engine/webhooks/webhooks';
import { answer, refused } from '../answers/answer';
import { viewWebhook } from '../answers/webhookView';
import type { HttpDeps } from '../deps';
import { ROTATED, WEBHOOK, WEBHOOK_ID, WEBHOOK_WITH_SECRET } from '../examples/webhooks';
import { requestedBy } from '../requests/caller';
import { type Route, route } from '../requests/route';
import {
  rotateBody,
  webhookBody,
  webhookParams,
  webhookSchema,
  webhookSecretSchema,
  webhooksSchema,
} from '../schemas/webhooks';

const ABOUT = { tag: 'webhooks', access: { kind: 'admin' } } as const;
const ONE = { ...ABOUT, params: webhookParams, example: { params: { id: WEBHOOK_ID } } } as const;

export function webhookRoutes({ webhooks, feed }: Pick<HttpDeps, 'webhooks' | 'feed'>): Route[] {
  const { store } = webhooks;

  const create = route({
    ...ABOUT,
    method: 'post',
    path: '/webhooks',
    name: 'createWebhook',
    summary: 'Have an address told of events',
    description:
      'Each event of these types that comes from now on is sent there with POST, at least once, signed as Standard Webhooks says; docs/webhooks.md tells how to verify it. The `secret` is told in this answer alone. A repeated request makes another webhook.',
    example: { body: { url: WEBHOOK.url, types: WEBHOOK.types } },
    body: webhookBody,
    responses: {
      201: {
        description: 'It is told of what comes from now on.',
        schema: webhookSecretSchema,
        example: WEBHOOK_WITH_SECRET,
        headers: ['Location'],
      },
    },
    refusals: ['address-refused', 'too-many-webhooks'],
    async handler({ body: { url, types }, context }) {
      const why = await webhooks.whyRefused(url);
      if (why !== undefined) return refused({ kind: 'address-refused', why });
      const { requestedBy: createdBy } = requestedBy(context.caller);
      const asked = { url, types: [...new Set(types)], ...(createdBy !== undefined && { createdBy }) };
      const made = await store.create(asked, await feed.store.latest());
      if (!made) return refused({ kind: 'too-many-webhooks' });
      context.log.info({ webhook: made.webhook.id, by: createdBy }, 'a webhook was made');
      return answer(201, viewSecret(made), { Location: `/webhooks/${made.webhook.id}` });
    },
  });

  const list = route({
    ...ABOUT,
    method: 'get',
    path: '/webhooks',
    name: 'listWebhooks',
    summary: 'List the webhooks, and how it stands with each',
    description: 'All of them, the oldest first.',
    example: {},
    responses: { 200: { description: 'All of them.', schema: webhooksSchema, example: { items: [WEBHOOK] } } },
    refusals: [],
    async handler() {
      const all = await store.list();
      return answer(200, { items: all.map(viewWebhook) });
    },
  });

  const get = route({
    ...ONE,
    method: 'get',
    path: '/webhooks/{id}',
    name: 'getWebhook',
    summary: 'Read a webhook',
    description: 'What it is told of, since when it fails or is disabled, and what is still to be delivered.',
    responses: { 200: { description: 'The webhook.', schema: webhookSchema, example: WEBHOOK } },
    refusals: ['webhook-not-found'],
    async handler({ params: { id } }) {
      const webhook = await store.get(id);
      return webhook ? answer(200, viewWebhook(webhook)) : refused({ kind: 'webhook-not-found' });
    },
  });

  const remove = route({
    ...ONE,
    method: 'delete',
    path: '/webhooks/{id}',
    name: 'deleteWebhook',
    summary: 'Tell a webhook no more',
    description: 'What was not delivered is dropped. An attempt that is under way may still arrive.',
    responses: { 204: { description: 'It is gone.' } },
    refusals: ['webhook-not-found'],
    async handler({ params: { id }, context }) {
      if (!(await store.remove(id))) return refused({ kind: 'webhook-not-found' });
      context.log.info({ webhook: id, by: requestedBy(context.caller).requestedBy }, 'a webhook was deleted');
      return answer(204, undefined);
    },
  });

  const rotate = route({
    ...ONE,
    method: 'post',
    path: '/webhooks/{id}/rotate',
    name: 'rotateWebhookSecret',
    summary: 'Make a new secret for a webhook',
    description:
      'From now on the new secret signs, and for `graceMs` the ones before it sign beside it; with 0 they end at once. The `secret` is told in this answer alone: where the answer is lost, rotate again.',
    example: { params: { id: WEBHOOK_ID }, body: { graceMs: 86_400_000 } },
    body: rotateBody,
    responses: { 200: { description: 'The new secret.', schema: webhookSecretSchema, example: ROTATED } },
    refusals: ['webhook-not-found'],
    async handler({ params: { id }, body: { graceMs }, context }) {
      const rotated = await store.rotate(id, graceMs);
      if (!rotated) return refused({ kind: 'webhook-not-found' });
      const { requestedBy: by } = requestedBy(context.caller);
      context.log.info({ webhook: id, by, graceMs }, 'a webhook has a new secret');
      return answer(200, viewSecret(rotated));
    },
  });

  const enable = route({
    ...ONE,
    method: 'post',
    path: '/webhooks/{id}/enable',
    name: 'enableWebhook',
    summary: 'Begin again with a webhook that was disabled',
    description:
      'What it has missed is delivered, as far as it is kept. Of one that is not disabled, what waits for its next attempt is tried now.',
    responses: { 200: { description: 'It is enabled.', schema: webhookSchema, example: WEBHOOK } },
    refusals: ['webhook-not-found'],
    async handler({ params: { id }, context }) {
      const enabled = await store.enable(id);
      if (!enabled) return refused({ kind: 'webhook-not-found' });
      context.log.info({ webhook: id, by: requestedBy(context.caller).requestedBy }, 'a webhook was enabled');
      return answer(200, viewWebhook(enabled));
    },
  });

  return [create, list, get, remove, rotate, enable];
}

function viewSecret({ webhook, secret }: WithSecret) {
  return { ...viewWebhook(webhook), secret };
}
