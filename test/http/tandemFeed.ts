import type { EventView } from '../../src/http/schemas/events';
import { eventually } from '../kit/wait';
import type { Client } from './client';

export type ReadEvent = EventView & Readonly<Record<string, unknown>>;

export interface EventPage {
  readonly items: readonly ReadEvent[];
  readonly nextCursor: string;
  readonly hasMore: boolean;
}

/** Reads the feed page by page. */
export class TandemFeed {
  constructor(private readonly client: Client) {}

  async page(query: Readonly<Record<string, string | number>>): Promise<EventPage> {
    const parameters = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const { status, body } = await this.client.get(`/events?${parameters.toString()}`);
    if (status !== 200) throw new Error(`GET /events answered ${status} ${JSON.stringify(body)}`);
    return body as unknown as EventPage;
  }

  async latest(): Promise<string> {
    return (await this.page({ after: 'latest' })).nextCursor;
  }

  /** Everything after a place, as far as it can be read now. */
  async all(after = 'oldest', query: Readonly<Record<string, string>> = {}): Promise<ReadEvent[]> {
    const found: ReadEvent[] = [];
    for (let at = after; ; ) {
      const { items, nextCursor, hasMore } = await this.page({ ...query, after: at, limit: 200 });
      found.push(...items);
      at = nextCursor;
      if (!hasMore) return found;
    }
  }

  /** A page with so many events on it, once they are there. */
  upTo(count: number, query: Readonly<Record<string, string | number>>): Promise<EventPage> {
    return eventually(
      `${count} events`,
      async () => {
        const page = await this.page({ limit: 200, ...query });
        return page.items.length >= count ? page : undefined;
      },
      { deadlineMs: 60_000 },
    );
  }
}
