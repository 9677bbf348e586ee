import { TestDatabase } from './testDatabase';
import { TestServices } from './testService';

/** The database of a test file, and the processes of the service on it. */
export interface ServicesOfFile {
  readonly database: TestDatabase;
  readonly services: TestServices;
}

/**
 * Creates them before the calling file's tests, and removes them after the last one. Use them only from the first
 * `beforeAll` or test on. `env`: configuration of every process.
 */
export function useServices(env: Readonly<Record<string, string>> = {}): ServicesOfFile {
  let made: ServicesOfFile | undefined;
  const now = (): ServicesOfFile => {
    if (!made) throw new Error('nothing is there before the tests begin');
    return made;
  };
  beforeAll(async () => {
    const database = await TestDatabase.create();
    made = { database, services: new TestServices({ DATABASE_URL: database.url, ...env }) };
  });
  afterAll(async () => {
    await made?.services.remove();
    await made?.database.drop();
  });
  return {
    get database() {
      return now().database;
    },
    get services() {
      return now().services;
    },
  };
}
