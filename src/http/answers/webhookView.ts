import type { DeliveryRecord, Webhook } from '../../engine/webhooks/webhooks';
import { cursorText } from '../schemas/events';
import type { DeliveryView, WebhookView } from '../schemas/webhooks';

export function viewWebhook({ types, secrets, replay, ...webhook }: Webhook): WebhookView {
  return {
    ...webhook,
    types: [...types],
    secrets: [...secrets],
    ...(replay && { replay: { after: cursorText(replay.cursor), until: cursorText(replay.until) } }),
  };
}

export function viewDelivery({ cursor, type, ...delivery }: DeliveryRecord): DeliveryView {
  const status = delivery.deliveredAt === undefined ? 'pending' : 'delivered';
  return { event: cursorText(cursor), type, status, ...delivery };
}
