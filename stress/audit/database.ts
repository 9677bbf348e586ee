import { Client, type CustomTypesConfig, types } from 'pg';

export type Row = Record<string, unknown>;

/** Reads inside one transaction. All of them see one instant. */
export interface SnapshotReader {
  rows<T = Row>(text: string, values?: unknown[]): Promise<T[]>;
  row<T = Row>(text: string, values?: unknown[]): Promise<T>;
}

/** Returns whole numbers as text, whatever parser the service has set on the driver. JSON has no bigint. */
const AS_TEXT: CustomTypesConfig = {
  getTypeParser: (id, format) =>
    id === types.builtins.INT8 ? (text: string) => text : types.getTypeParser(id, format ?? 'text'),
};

/** The auditor's connection: read-only SQL, with one repeatable-read snapshot for each audit. */
export class AuditDatabase {
  private client: Client | undefined;

  constructor(private readonly url: string) {}

  async snapshot<T>(read: (reader: SnapshotReader) => Promise<T>): Promise<T> {
    const client = await this.connected();
    try {
      await client.query('begin isolation level repeatable read read only');
      const result = await read(readerOf(client));
      await client.query('commit');
      return result;
    } catch (error) {
      // Whatever the failure was, the next audit begins on a new connection.
      await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    if (client) await Promise.race([client.end(), new Promise((resolve) => setTimeout(resolve, 500).unref())]);
  }

  private async connected(): Promise<Client> {
    if (this.client) return this.client;
    const client = new Client({
      connectionString: this.url,
      connectionTimeoutMillis: 3000,
      query_timeout: 60_000,
      types: AS_TEXT,
    });
    client.on('error', () => {
      // PostgreSQL went away under an idle connection. The next audit opens another one.
      if (this.client === client) this.client = undefined;
    });
    await client.connect();
    this.client = client;
    return client;
  }
}

function readerOf(client: Client): SnapshotReader {
  const rows = async <T>(text: string, values: unknown[] = []): Promise<T[]> => {
    const result = await client.query(text, values);
    return result.rows as T[];
  };
  return {
    rows,
    row: async <T>(text: string, values: unknown[] = []): Promise<T> => {
      const [first] = await rows<T>(text, values);
      if (first === undefined) throw new Error('a query for one row found none');
      return first;
    },
  };
}
