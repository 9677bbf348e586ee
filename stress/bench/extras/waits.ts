import { Client } from 'pg';
import type { BenchDatabase } from '../database';

const EVERY_MS = 20;

/** Samples what the sessions of one database do: work, or wait for something. */
export class WaitSampler {
  private readonly seen = new Map<string, number>();
  private samples = 0;
  private running = true;

  private constructor(private readonly client: Client) {}

  static async start(database: BenchDatabase, name: string): Promise<WaitSampler> {
    const client = new Client({ connectionString: database.url(name), application_name: 'bench-waits' });
    await client.connect();
    return new WaitSampler(client);
  }

  /** Samples until {@link stop} is called. */
  async look(): Promise<void> {
    while (this.running) {
      const { rows } = await this.client.query<{ wait: string; sessions: number }>(
        `select coalesce(wait_event_type || ' ' || wait_event, 'at work') as wait, count(*)::int as sessions
         from pg_stat_activity
         where datname = current_database() and state = 'active' and pid <> pg_backend_pid() group by 1`,
      );
      this.samples += 1;
      for (const { wait, sessions } of rows) this.seen.set(wait, (this.seen.get(wait) ?? 0) + sessions);
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    }
    await this.client.end();
  }

  stop(): void {
    this.running = false;
  }

  /** The average number of sessions in each state, largest first. */
  averages(): [wait: string, sessions: number][] {
    return [...this.seen]
      .map(([wait, sessions]): [string, number] => [wait, sessions / this.samples])
      .toSorted((a, b) => b[1] - a[1]);
  }
}
