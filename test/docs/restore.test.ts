import { chownSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { freePort } from '../kit/ports';
import { eventually } from '../kit/wait';
import { BankClient } from '../support/bankClient';
import { describeWhere } from '../support/describeWhere';
import { postgresPrograms, runAsServerUser, serverUser } from '../support/postgresPrograms';
import { TestServices } from '../support/testService';

const page = readFileSync(join(__dirname, '..', '..', 'docs', 'operations.md'), 'utf8');

/** The lines of a kind below a heading of the page. */
function linesOf(heading: string, kind: 'sh' | 'conf'): string {
  const [, section = ''] = page.split(`\n## ${heading}\n`);
  const [, lines] = new RegExp(`\`\`\`${kind}\n(.*?)\`\`\``, 's').exec(section.split('\n## ')[0] ?? '') ?? [];
  if (lines === undefined) throw new Error(`no lines below ${heading}`);
  return lines;
}

interface Seen {
  readonly accounts: number;
  readonly money: number;
  readonly pending: number;
  readonly gaps: number;
}

/** What must add up, in the database at an address. */
async function audit(connectionString: string): Promise<Seen> {
  const client = new Client({ connectionString });
  await client.connect();
  const { rows } = await client.query<Seen>(`
    with last as (select distinct on (account_id) account_id, balance_after, held_after from journal order by account_id, seq desc)
    select (select count(*)::int from last) as accounts, (select sum(balance_after)::int from last) as money,
      (select count(*)::int from transactions where finished_at is null) as pending,
      (select count(*)::int from (select account_id from journal group by account_id having max(seq) <> count(*)) g) as gaps`);
  await client.end();
  if (!rows[0]) throw new Error('nothing was told');
  return rows[0];
}

async function nowOf(connectionString: string): Promise<string> {
  const client = new Client({ connectionString });
  await client.connect();
  const { rows } = await client.query<{ now: string }>('select clock_timestamp()::text as now');
  await client.end();
  return rows[0]?.now ?? '';
}

async function moved(bank: BankClient, path: string, key: string): Promise<void> {
  const { status, body } = await bank.post(`/account/${path}`, { key });
  expect([status, body['status']]).toEqual([200, 'committed']);
}

const describeHere = describeWhere(
  postgresPrograms() !== undefined,
  'the tests of backups, because there is no PostgreSQL in /usr/lib/postgresql',
);

describeHere('the lines of docs/operations.md about backups', () => {
  let folder: string;
  let services: TestServices;
  let env: Record<string, string>;
  const ports: number[] = [];
  const at = (port: number, database: string) => `postgres://postgres@127.0.0.1:${port}/${database}`;
  const sh = (lines: string) => runAsServerUser(lines, env);

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tandem-restore-'));
    const { uid, gid } = serverUser();
    if (uid !== undefined && gid !== undefined) chownSync(folder, uid, gid);
    ports.push(await freePort(), await freePort());
    const [port = 0, restoredPort = 0] = ports;
    env = {
      DATA: join(folder, 'data'),
      RESTORED: join(folder, 'restored'),
      ARCHIVE: join(folder, 'archive'),
      BACKUP: join(folder, 'backup'),
      SERVER: at(port, 'postgres'),
      DATABASE: at(port, 'bank'),
      COPY: at(port, 'tandem_copy'),
      PORT: String(restoredPort),
    };
    const archiving = linesOf('Back up', 'conf').replaceAll('$ARCHIVE', join(folder, 'archive'));
    await sh(`
      mkdir -p "$ARCHIVE" "$BACKUP"
      initdb -D "$DATA" -U postgres -A trust -E UTF8 --no-sync >/dev/null
      cat >> "$DATA/postgresql.conf" <<'END'\n${archiving}END
      pg_ctl -D "$DATA" -o "-p ${port} -k $DATA -h 127.0.0.1" -l "$DATA/log" -w start >/dev/null
      createdb --maintenance-db "$SERVER" bank`);
    services = new TestServices({});
  });

  afterAll(async () => {
    await services.remove();
    await sh(
      'for d in "$DATA" "$RESTORED"; do [ -f "$d/postmaster.pid" ] && pg_ctl -D "$d" -m immediate stop >/dev/null; done; true',
    );
    rmSync(folder, { recursive: true, force: true });
  });

  it('bring back the money as it was at a moment, to the transfer, and the service goes on from there', async () => {
    const [port = 0, restoredPort = 0] = ports;
    const old = await services.start({ DATABASE_URL: at(port, 'bank') });
    const bank = new BankClient(old.baseUrl);
    await bank.open('alice', 1_000);
    await bank.open('bob', 0);
    await moved(bank, 'alice/transfer/to/bob/100', 'before the backup');
    await sh(linesOf('Back up', 'sh'));
    await moved(bank, 'alice/transfer/to/bob/20', 'after the backup');
    env['MOMENT'] = await nowOf(at(port, 'bank'));
    // The clock of a statement is told in milliseconds; the next transfer is of a later one.
    await new Promise((done) => setTimeout(done, 50));
    await moved(bank, 'alice/transfer/to/bob/3', 'the mistake');
    expect(await bank.balance('bob')).toMatchObject({ balance: 123 });
    await old.kill();
    await sh(
      'psql -q -d "$SERVER" -c "select pg_switch_wal()" >/dev/null; pg_ctl -D "$DATA" -m fast -w stop >/dev/null',
    );
    await sh(linesOf('Restore to a point in time', 'sh'));
    await eventually('it is promoted', () => nowOf(at(restoredPort, 'bank')), { deadlineMs: 60_000 });
    const restored = await services.start({ DATABASE_URL: at(restoredPort, 'bank') });
    const again = new BankClient(restored.baseUrl);
    expect(await again.balance('bob')).toMatchObject({ balance: 120 });
    await eventually(
      'nothing is pending',
      async () => ((await audit(at(restoredPort, 'bank'))).pending === 0 ? true : undefined),
      { deadlineMs: 60_000 },
    );
    expect(await audit(at(restoredPort, 'bank'))).toEqual({ accounts: 2, money: 1_000, pending: 0, gaps: 0 });
    // What was answered before the moment is answered so again; what came after it is unknown, and its key unused.
    await moved(again, 'alice/transfer/to/bob/20', 'after the backup');
    expect(await again.balance('bob')).toMatchObject({ balance: 120 });
    await moved(again, 'alice/transfer/to/bob/3', 'the mistake');
    expect(await again.balance('bob')).toMatchObject({ balance: 123 });
    await restored.kill();
  });

  it('copy it by a dump, with which the service works', async () => {
    const [, restoredPort = 0] = ports;
    env = {
      ...env,
      SERVER: at(restoredPort, 'postgres'),
      DATABASE: at(restoredPort, 'bank'),
      COPY: at(restoredPort, 'tandem_copy'),
    };
    await sh(linesOf('A copy by dump', 'sh'));
    const service = await services.start({ DATABASE_URL: at(restoredPort, 'tandem_copy') });
    const bank = new BankClient(service.baseUrl);
    expect(await bank.balance('bob')).toMatchObject({ balance: 123 });
    await moved(bank, 'bob/transfer/to/alice/23', 'on the copy');
    expect(await audit(at(restoredPort, 'tandem_copy'))).toMatchObject({ accounts: 2, money: 1_000, gaps: 0 });
    expect(await audit(at(restoredPort, 'bank'))).toMatchObject({ money: 1_000 });
    await service.kill();
  });
});
