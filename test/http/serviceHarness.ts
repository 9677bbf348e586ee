import pino from 'pino';
import { loadConfig } from '../../src/config';
import { type Service, start } from '../../src/service/compose';
import { TestDatabase } from '../support/testDatabase';
import { Client } from './client';

/** The whole service in this process, on a database of its own. */
export class WholeService {
  private constructor(
    readonly database: TestDatabase,
    private readonly service: Service,
    readonly client: Client,
  ) {}

  static async start(env: Readonly<Record<string, string>> = {}): Promise<WholeService> {
    return WholeService.on(await TestDatabase.create(), env);
  }

  /** Several may stand on one database; each is stopped before it is dropped. */
  static async on(database: TestDatabase, env: Readonly<Record<string, string>> = {}): Promise<WholeService> {
    const config = loadConfig({ DATABASE_URL: database.url, PORT: '0', ...env });
    const service = await start(config, pino({ level: 'silent' }), { name: 'tandem', version: '0.0.0' });
    return new WholeService(database, service, await Client.of(`http://127.0.0.1:${service.address.port}`));
  }

  async stop(): Promise<void> {
    await this.leave();
    await this.database.drop();
  }

  /** Stops, and leaves the database to others. */
  leave(): Promise<void> {
    return this.service.stop();
  }
}
