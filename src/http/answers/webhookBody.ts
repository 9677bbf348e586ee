import type { WebhookBody } from '../schemas/webhooks';
import { type TransferFeedEvent, viewEvent } from './eventView';

/** The bytes that a webhook is sent of an event, as text: what `GET /events` tells of it, in the envelope of Standard Webhooks. */
export function webhookBodyOf(event: TransferFeedEvent): string {
  const data = viewEvent(event);
  const body: WebhookBody = { type: data.type, timestamp: data.at, version: data.version, data };
  return JSON.stringify(body);
}
