import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrations } from '../../migrations';
import { TestDatabase } from '../support/testDatabase';
import { tandem } from './command';

describe('tandem migrate', () => {
  it('brings an empty database up to date, and changes nothing when it is', async () => {
    const database = await TestDatabase.createEmpty();
    const first = await tandem(['migrate'], { DATABASE_URL: database.url });
    const names = [...migrations.keys()].join(', ');
    expect(first).toEqual({
      code: 0,
      printed: `The schema of the database (DATABASE_URL) is brought up to date: ${names}.\n`,
      complained: '',
    });
    expect(await database.query('select from accounts')).toEqual([]);
    const second = await tandem(['migrate'], { DATABASE_URL: database.url });
    expect(second.printed).toBe('The schema of the database (DATABASE_URL) is up to date; nothing was changed.\n');
    await database.drop();
  });

  it('starts an embedded server where none is named, and stops it again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tandem-migrate-'));
    // If root runs this, another user runs the server and must be able to enter the folder. Otherwise the server keeps its
    // data elsewhere.
    chmodSync(folder, 0o755);
    const env = { DATA_DIR: folder, DATABASE_URL: '' };
    expect(await tandem(['migrate'], env)).toMatchObject({
      code: 0,
      printed: expect.stringContaining('0001_journal') as unknown,
    });
    // Doctor asks the same server, which must be free to be started again.
    const doctor = await tandem(['doctor'], env);
    expect(doctor).toMatchObject({ code: 0, printed: expect.stringContaining('the schema is up to date') as unknown });
    rmSync(folder, { recursive: true, force: true });
  });

  it('says what is wrong with the address and ends with 2', async () => {
    const { code, complained } = await tandem(['migrate'], { DATABASE_URL: 'postgres://x:hunter2@127.0.0.1:1/none' });
    expect(code).toBe(2);
    expect(complained).toBe(
      'DATABASE_URL: nothing listens at 127.0.0.1:1. Start PostgreSQL there, or correct host and port.\n',
    );
  });
});
