import { readFileSync } from 'node:fs';
import { BankClient } from '../support/bankClient';
import { untilDead } from '../support/testService';
import { useServices } from '../support/useServices';

/**
 * The next version, as far as this one can see it: its migration adds what this version does not know. One that did more
 * would have to be a new major version, as docs/operations.md says.
 */
const NEXT = `
  alter table transactions add column color text;
  alter table journal add column shade text;
  create table palettes (id text primary key);
  insert into tandem_migrations (name, batch, migration_time) values ('9999_colors', 99, now())`;

describe('while processes of the next version are rolled out', () => {
  const kit = useServices();

  test('those of this version go on, and one that starts now refuses with one clear line', async () => {
    const old = await kit.services.start();
    const bank = new BankClient(old.baseUrl);
    await bank.open('a', 100);
    await bank.open('b');
    await kit.database.query(NEXT);
    const moved = await bank.post('/account/a/transfer/to/b/30', { key: 'after the migration' });
    expect([moved.status, moved.body['status']]).toEqual([200, 'committed']);
    const late = await kit.services.launch({ LOG_LEVEL: 'info' });
    await untilDead(late);
    const lines = readFileSync(kit.services.logOf(late), 'utf8').trimEnd().split('\n');
    const fatal = lines.filter((line) => line.includes('"level":60'));
    expect(fatal).toHaveLength(1);
    expect(fatal[0]).toContain('The schema of the database is newer than this program: it has 9999_colors.');
    expect((await bank.post('/account/b/transfer/to/a/10', { key: 'and on' })).status).toBe(200);
    expect(await bank.balance('b')).toMatchObject({ balance: 20 });
    expect(await bank.get('/health/ready')).toMatchObject({ status: 200 });
  });
});
