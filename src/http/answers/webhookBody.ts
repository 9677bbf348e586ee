import type { Log } from '../../engine/log';
import type { EventView } from '../schemas/events';
import type { WebhookBody } from '../schemas/webhooks';
import { type TransferFeedEvent, viewEvent } from './eventView';

/**
 * Writes the bytes that a webhook is sent of an event, as text: what `GET /events` tells of it, in the envelope of Standard Webhooks. An event
 * whose details a newer version of this program wrote, and this one cannot describe, is told without them.
 */
export function webhookBodies(log: Log): (event: TransferFeedEvent) => string {
  return (event) => {
    const data = described(event, log);
    const body: WebhookBody = { type: data.type, timestamp: data.at, version: data.version, data };
    return JSON.stringify(body);
  };
}

function described(event: TransferFeedEvent, log: Log): EventView {
  try {
    return viewEvent(event);
  } catch (error) {
    if ('account' in event) throw error;
    log.warn(
      { err: error, transaction: event.id, type: event.type },
      'webhooks are told of an event without its details',
    );
    const { transaction: _, ...bare } = event;
    return viewEvent(bare);
  }
}
