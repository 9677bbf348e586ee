import type { FeedCursor } from '../../../engine/feed/cursor';
import type { Page } from '../../../engine/reads';
import type { StoredSecret } from '../../../engine/webhooks/store';
import {
  type DeliveryFilter,
  type DeliveryRecord,
  type NewWebhook,
  SECRETS_MAX,
  WEBHOOKS_MAX,
  type Webhook,
  type WebhookHealth,
  type Webhooks,
  type WithSecret,
} from '../../../engine/webhooks/webhooks';
import { uuidv7 } from '../../uuid';
import type { ReadPool } from '../reads/readPool';
import { columnsOf } from './rows';
import { CREATE, deliveriesSql, ENABLE, HEALTH, REMOVE, REPLAY, ROTATE, webhooksSql } from './sql';
import { type DeliveryRow, deliveryOf, type WebhookRow, webhookOf } from './views';

/** Creates the stored form of a new secret. */
export interface SecretMaker {
  make(): StoredSecret & { readonly secret: string };
}

/** Webhooks as operators see and change them. */
export class PostgresWebhooks implements Webhooks {
  constructor(
    private readonly pool: ReadPool,
    private readonly secrets: SecretMaker,
  ) {}

  async create({ url, types, createdBy }: NewWebhook, from: FeedCursor): Promise<WithSecret | undefined> {
    const { nonce, keyId, secret } = this.secrets.make();
    const id = uuidv7();
    const bindings = { id, url, types: [...types], createdBy: createdBy ?? null, nonce, keyId, max: WEBHOOKS_MAX };
    const rows = await this.pool.rows(CREATE, { ...bindings, ...columnsOf(from) });
    const webhook = rows.length > 0 ? await this.get(id) : undefined;
    return webhook && { webhook, secret };
  }

  async list(): Promise<readonly Webhook[]> {
    const rows = await this.pool.rows<WebhookRow>(webhooksSql('true'), {});
    return rows.map(webhookOf);
  }

  async get(id: string): Promise<Webhook | undefined> {
    const [row] = await this.pool.rows<WebhookRow>(webhooksSql('w.id = cast(:id as uuid)'), { id });
    return row && webhookOf(row);
  }

  async remove(id: string): Promise<boolean> {
    const rows = await this.pool.rowsOfLast(REMOVE, { id });
    return rows.length > 0;
  }

  async rotate(id: string, graceMs: number): Promise<WithSecret | undefined> {
    const { nonce, keyId, secret } = this.secrets.make();
    const rows = await this.pool.rowsOfLast(ROTATE, { id, graceMs, nonce, keyId, others: SECRETS_MAX - 1 });
    const webhook = rows.length > 0 ? await this.get(id) : undefined;
    return webhook && { webhook, secret };
  }

  async enable(id: string): Promise<Webhook | undefined> {
    await this.pool.rows(ENABLE, { id });
    return this.get(id);
  }

  async deliveries(
    id: string,
    { status }: DeliveryFilter,
    limit: number,
    before?: FeedCursor,
  ): Promise<Page<DeliveryRecord, FeedCursor> | undefined> {
    const place = columnsOf(before ?? END);
    const rows = await this.pool.rows<DeliveryRow>(deliveriesSql(status), { id, limit: limit + 1, ...place });
    if (rows.length === 0 && !(await this.get(id))) return undefined;
    const items = rows.slice(0, limit).map(deliveryOf);
    const last = items.at(-1);
    return { items, ...(rows.length > limit && last && { next: last.cursor }) };
  }

  async replay(id: string, after: FeedCursor, until: FeedCursor): Promise<'begun' | 'under-way' | 'no-webhook'> {
    const bindings = {
      id,
      ...columnsOf(after),
      untilPosition: String(until.position),
      untilCount: until.count,
      untilAtMs: until.atMs,
    };
    const [row] = await this.pool.rows<{ known: boolean; begun: boolean }>(REPLAY, bindings);
    if (row?.begun) return 'begun';
    return row?.known ? 'under-way' : 'no-webhook';
  }

  async health(): Promise<WebhookHealth> {
    const [row] = await this.pool.rows<{ enabled: bigint; disabled: bigint; pending: bigint; seconds: string }>(
      HEALTH,
      {},
    );
    return {
      enabled: Number(row?.enabled ?? 0),
      disabled: Number(row?.disabled ?? 0),
      pending: Number(row?.pending ?? 0),
      oldestSeconds: Number(row?.seconds ?? 0),
    };
  }
}

/** Sorts after every cursor. */
const END: FeedCursor = { position: 2n ** 64n - 1n, count: 2 ** 31 - 1, atMs: Number.MAX_SAFE_INTEGER };
