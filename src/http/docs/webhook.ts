import { WEBHOOK_EVENT } from '../examples/webhooks';
import { webhookBodySchema } from '../schemas/webhooks';
import type { Operation } from './document';
import { REQUEST_HEADERS } from './headers';
import type { JsonSchemas } from './jsonSchemas';

/** The request that this service sends to a webhook (OpenAPI 3.1, `webhooks`). */
export function webhookOperation(schemas: JsonSchemas): Operation {
  return {
    operationId: 'receiveEvent',
    summary: 'What a webhook is sent of an event',
    description:
      'Sent at least once, in no order, until it is answered 2xx. `version` tells what is newer. The signature is that of Standard Webhooks, one for each secret that signs.',
    tags: ['webhooks'],
    security: [{ webhook: [] }],
    parameters: [
      {
        ...REQUEST_HEADERS['webhook-id'],
        description: 'Names the event: the same with each attempt; part of what is signed.',
        example: `evt_${WEBHOOK_EVENT.data.cursor}`,
      },
      {
        ...REQUEST_HEADERS['webhook-timestamp'],
        description: 'Seconds since 1970, of the attempt; part of what is signed.',
      },
    ],
    requestBody: {
      required: true,
      content: { 'application/json': { schema: schemas.of(webhookBodySchema, 'output'), example: WEBHOOK_EVENT } },
    },
    responses: {
      '2XX': { description: 'The event is taken.', headers: {} },
      '4XX': { description: 'It is sent again later; 410 disables the webhook.', headers: {} },
      '5XX': { description: 'It is sent again later.', headers: {} },
    },
  };
}

/** How a receiver verifies the sender. */
export const WEBHOOK_SIGNATURE = {
  type: 'apiKey',
  in: 'header',
  name: 'webhook-signature',
  description:
    'Standard Webhooks: one or more `v1,` and base64 of HMAC-SHA256 over `webhook-id.webhook-timestamp.body`, with the secrets of the webhook.',
} as const;
