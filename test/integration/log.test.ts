import { createHotPool, runAlone } from '../../src/adapters/postgres/pool';
import { toldOf } from '../../src/service/log';
import { eventually } from '../kit/wait';
import { MemoryLog } from '../support/memoryLog';
import { TestDatabase } from '../support/testDatabase';

test('a line about a lost connection tells why, and neither the client nor the key of its session', async () => {
  const database = await TestDatabase.create();
  const log = new MemoryLog();
  const pool = createHotPool(
    { connectionString: database.url, connectionsMax: 1, connectTimeoutMs: 2_000, statementTimeoutMs: 10_000 },
    log,
  );
  try {
    await runAlone(pool, { name: 'a_statement', text: 'select' }, []);
    await database.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tandem' and datname = current_database()`,
    );
    const line = await eventually('the loss is logged', () => log.lines.find(({ level }) => level === 'warn'), {
      deadlineMs: 60_000,
    });
    const raw = line.fields as { err: Error & { client?: unknown } };
    expect(raw.err.client).toBeDefined();
    const told = toldMap(raw.err);
    expect(told).toMatchObject({ code: '57P01', severity: 'FATAL', message: expect.stringContaining('terminating') });
    const written = JSON.stringify(told);
    expect(written).not.toMatch(/secretKey|a_statement/);
    expect(written.length).toBeLessThan(3_000);
  } finally {
    await pool.end();
    await database.drop();
  }
});

test('all errors that one stands for are told: it may have no message of its own', () => {
  const refused = ['::1', '127.0.0.1'].map((address) => new Error(`connect ECONNREFUSED ${address}:1`));
  const { errors } = toldOf(new AggregateError(refused)) as { errors: { message: string }[] };
  expect(errors.map(({ message }) => message)).toEqual(refused.map(({ message }) => message));
});

test.each([null, undefined, 'a string', 7])('%p, thrown instead of an error, is told as it is', (thrown) => {
  expect(toldOf(thrown)).toBe(thrown);
});

test('the causes of an error are told with it', () => {
  const told = toldMap(new Error('could not write', { cause: new Error('no answer') }));
  expect(told['message']).toBe('could not write: no answer');
  expect(told['stack']).toContain('no answer');
});

function toldMap(error: Error): Record<string, unknown> {
  return toldOf(error) as Record<string, unknown>;
}
