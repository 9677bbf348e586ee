import type { Log } from '../../engine/log';
import type { EventView } from '../schemas/events';
import type { WebhookBody } from '../schemas/webhooks';
import { type TransferFeedEvent, viewEvent } from './eventView';

/**
 * Writes the body that a webhook receives for an event, as text: the event as in `GET /events`, in the envelope of
 * Standard Webhooks. If a newer version of this program wrote details that this one cannot describe, the body leaves
 * them out.
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
