import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrations } from '../../migrations';
import { TandemClient } from '../../src/client/tandemClient';
import type { AccountDetails, Entries, Transfer } from '../../src/client/types';
import { WholeService } from '../http/serviceHarness';
import { eventually } from '../kit/wait';
import { ParticipantServer, SECRET } from '../participants/participantServer';
import { auditAtRest } from '../support/auditDatabase';
import { TestDatabase } from '../support/testDatabase';

const RELEASES = join(__dirname, '..', 'releases');
const MIGRATIONS = join(__dirname, '..', '..', 'migrations');

/** What the clients of a release were told of its data, as ops/release/record.mjs wrote it down. */
interface Expected {
  readonly ids: { readonly rent: string; readonly open: string; readonly pending: string };
  readonly accounts: readonly AccountDetails[];
  readonly transfers: readonly Transfer[];
  readonly entries: Readonly<Record<string, Entries['items']>>;
}

const releases = readdirSync(RELEASES);
const read = (release: string, name: string): string => readFileSync(join(RELEASES, release, name), 'utf8');
const publishedBy = (release: string) => Object.entries(JSON.parse(read(release, 'migrations.json')) as object);

test('there is a release to upgrade from', () => {
  expect(releases).toContain('0.2.0');
});

describe.each(releases)('the migrations that %s published', (release) => {
  test('are the first of those that there are, in their order', () => {
    const names = publishedBy(release).map(([name]) => name);
    expect([...migrations.keys()].slice(0, names.length)).toEqual(names);
  });

  test.each(publishedBy(release))('%s has not changed: what is to be different is for a new one', (name, sum) => {
    const source = readFileSync(join(MIGRATIONS, `${name}.ts`));
    expect(createHash('sha256').update(source).digest('hex')).toBe(sum);
  });
});

describe.each(releases)('a database that %s left, killed in the middle of its work', (release) => {
  const expected = JSON.parse(read(release, 'expected.json')) as Expected;
  let database: TestDatabase;
  let service: WholeService;
  let client: TandemClient;
  let away: ParticipantServer;
  let folder: string;

  async function told<T>(asked: Promise<{ ok: true; value: T } | { ok: false; problem: unknown }>): Promise<T> {
    const answer = await asked;
    if (!answer.ok) throw new Error(JSON.stringify(answer.problem));
    return answer.value;
  }

  beforeAll(async () => {
    database = await TestDatabase.createEmpty();
    await database.query(`drop schema public; ${read(release, 'database.sql')}`);
    // Whatever the day is: the authorization is open still, and what is pending is past its deadline.
    await database.query(`update transactions set deadline_at = now() where status = 'preparing'`);
    await database.query(
      `update transactions set expires_at = now() + interval '1 day', next_attempt_at = now() + interval '1 day'
        where status = 'authorized'`,
    );
    away = await ParticipantServer.start((response) => response.writeHead(204).end());
    folder = mkdtempSync(join(tmpdir(), 'tandem-releases-'));
    const participants = join(folder, 'participants.json');
    writeFileSync(participants, JSON.stringify({ away: { url: away.url, secrets: [SECRET] } }));
    const env = { KEEP_FINISHED_DAYS: '36500', SWEEP_EVERY_MS: '100', PARTICIPANTS_FILE: participants };
    service = await WholeService.on(database, env);
    client = new TandemClient(service.client.url, { token: 'admin-token' });
  });

  afterAll(async () => {
    await service.stop();
    await away.stop();
    rmSync(folder, { recursive: true });
  });

  test('has the accounts that it had, and every entry of their journals', async () => {
    const { items } = await told(client.accounts({ limit: 200 }));
    const known = (account: AccountDetails) => expected.accounts.find(({ id }) => id === account.id);
    expect(items).toHaveLength(expected.accounts.length);
    for (const account of items) {
      // What was pending may have ended by now; it gives back what it held, and moves nothing.
      const { held: _held, incoming: _incoming, available: _available, ...stays } = known(account) ?? account;
      expect(account).toMatchObject(stays);
      const entries = await told(client.entries(account.id, { limit: 200 }));
      const before = expected.entries[account.id] ?? [];
      expect(entries.items.slice(-before.length).map(({ expiresAt: _expiresAt, ...entry }) => entry)).toEqual(
        before.map(({ expiresAt: _expiresAt, ...entry }) => entry),
      );
    }
  });

  test('has the transfers that it had, with all that was told of them', async () => {
    for (const transfer of expected.transfers) {
      const now = await told(client.getTransfer(transfer.id));
      const { expiresAt: _expiresAt, ...before } = transfer;
      if (transfer.finishedAt !== undefined) expect(now).toMatchObject(before);
    }
  });

  test('answers a key of then as it did then', async () => {
    const rent = { origin: 'alice', destination: 'bob', amount: 100, metadata: { invoice: 'R-1' } };
    const again = await client.transfer(rent, { idempotencyKey: 'rent' });
    expect(again).toMatchObject({ ok: true, replayed: true, value: { id: expected.ids.rent, status: 'committed' } });
  });

  test('brings what was pending to its end, and what was authorized can be captured', async () => {
    const pending = () => told(client.getTransfer(expected.ids.pending));
    await eventually('it is over', async () => ((await pending()).status === 'aborted' ? true : undefined), {
      deadlineMs: 60_000,
    });
    const captured = await told(client.captureTransfer(expected.ids.open, { amount: 15 }));
    expect(captured).toMatchObject({ status: 'committed', amountAuthorized: 40, amountCaptured: 15 });
    await told(client.transfer({ origin: 'bob', destination: 'alice', amount: 70, refunds: expected.ids.rent }));
    const refused = await client.transfer({
      origin: 'bob',
      destination: 'alice',
      amount: 1,
      refunds: expected.ids.rent,
    });
    expect(refused).toMatchObject({ ok: false, problem: { code: 'refund-exceeds-capture' } });
    await auditAtRest(database);
  });
});
