import { eventually } from '../kit/wait';
import type { Client } from './client';
import { WholeService } from './serviceHarness';

describe('what operators use', () => {
  let service: WholeService;
  let admin: Client;

  beforeAll(async () => {
    service = await WholeService.start();
    admin = service.client.as('admin-token');
    for (const id of ['a', 'b']) await admin.post(`/account/${id}`);
    await admin.post('/account/a/deposit/100');
  });

  afterAll(() => service.stop());

  const untilCommitted = (id: string): Promise<true> =>
    eventually(
      `${id} is committed`,
      async () => (await admin.get(`/transfers/${id}`)).body['status'] === 'committed' || undefined,
      { deadlineMs: 60_000 },
    );

  it('counts transfers, requests, writes and what is going on', async () => {
    await admin.post('/account/a/transfer/to/b/1');
    await admin.post('/account/a/transfer/to/b/1000');
    const authorized = await admin.post('/transfers', {
      body: { origin: 'a', destination: 'b', amount: 1, capture: 'manual' },
    });
    await admin.post(`/transfers/${String(authorized.body['id'])}/void`);
    await admin.get('/account/never/seen/before');
    const { status, headers, body } = await admin.get('/metrics');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toMatch(/^text\/plain/);
    const text = String(body['text']);
    for (const line of [
      'tandem_transfers_total{outcome="committed",reason="none"} 1',
      'tandem_transfers_total{outcome="aborted",reason="insufficient-funds"} 1',
      'tandem_http_requests_total{method="POST",route="/account/{origin}/transfer/to/{destination}/{amount}",status="200"} 1',
      'tandem_http_requests_total{method="GET",route="none",status="404"} 1',
      'tandem_transfers_pending{status="preparing"} 0',
    ]) {
      expect(text).toContain(line);
    }
    for (const name of [
      'transfer_phase_seconds_count{phase="authorized"}',
      'journal_statement_rows_count',
      'journal_statement_seconds_count{outcome="written"}',
      'account_actors',
      'mailbox_messages',
      'pool_connections{pool="hot",state="waiting"}',
      'pool_connections{pool="reads",state="used"}',
      'queue_jobs{state="completed"}',
      'sweeps_total',
      'sweep_resumed_total',
      'transfers_pending_oldest_seconds{status="committing"}',
      'ready{check="database"}',
      'ready{check="queue"}',
      'ready{check="sweep"}',
      'ready{check="accepting"}',
    ]) {
      expect(text).toContain(`tandem_${name} `);
    }
    expect(text).not.toContain('transfer_phase_seconds_count{phase="preparing"}');
  });

  it('names no account, no transfer and no caller in a label', async () => {
    const labels = String((await admin.get('/metrics')).body['text']).matchAll(/(\w+)="([^"]*)"/g);
    const names = new Set([...labels].map(([, name]) => String(name)));
    const bounded = [
      'method',
      'route',
      'status',
      'outcome',
      'reason',
      'phase',
      'call',
      'cause',
      'check',
      'how',
      'participant',
    ];
    expect([...names].filter((name) => !bounded.includes(name)).toSorted()).toEqual(
      ['kind', 'le', 'major', 'minor', 'patch', 'pool', 'space', 'state', 'type', 'version'].filter((name) =>
        names.has(name),
      ),
    );
  });

  it('lists what has failed, with the branch and the error that hold it, and goes on with it when told to', async () => {
    const id = '01900000-0000-7000-8000-0000000000aa';
    await service.database.query(
      `insert into transactions (id, type, query, branches, asked_first, status, errors, deadline_at, next_attempt_at, created_at)
       values ($1, 'transfer', $2, '{a,b}', 1, 'failed', $3, now() + interval '1 hour', 'infinity', now())`,
      [
        id,
        { postings: [{ origin: 'a', destination: 'b', amount: 2 }] },
        JSON.stringify([{ branch: 'b', message: 'broken' }]),
      ],
    );
    const { body } = await admin.get('/admin/transfers');
    expect(body['items']).toMatchObject([{ transfer: { id, status: 'failed' }, holding: ['b'], error: 'b: broken' }]);
    expect((await admin.get('/metrics')).body['text']).toContain('\ntandem_transfers_failed 1\n');
    expect(await admin.post(`/admin/transfers/${id}/resume`)).toMatchObject({ status: 202 });
    await untilCommitted(id);
    expect((await admin.get('/admin/transfers')).body['items']).toEqual([]);
    expect((await admin.get('/metrics')).body['text']).toContain('\ntandem_transfers_failed 0\n');
    expect(await admin.post(`/admin/transfers/${id}/resume`)).toMatchObject({
      status: 409,
      body: { code: 'already-final', transferStatus: 'committed' },
    });
  });

  it('goes on with a pending transfer now, though its next attempt is an hour away', async () => {
    const id = '01900000-0000-7000-8000-0000000000bb';
    await service.database.query(
      `insert into transactions (id, type, query, branches, asked_first, status, deadline_at, next_attempt_at, created_at)
       values ($1, 'transfer', $2, '{a,b}', 1, 'preparing', now() + interval '1 hour', now() + interval '1 hour',
               now() - interval '1 hour')`,
      [id, { postings: [{ origin: 'a', destination: 'b', amount: 3 }] }],
    );
    const { body } = await admin.get('/admin/transfers?olderThanMs=60000');
    expect(body['items']).toMatchObject([{ transfer: { id, status: 'preparing' }, holding: ['a', 'b'], error: null }]);
    await admin.post(`/admin/transfers/${id}/resume`);
    await untilCommitted(id);
  });

  it('lists them page by page, the oldest first, none twice', async () => {
    const ids = Array.from({ length: 5 }, (_one, n) => `01900000-0000-7000-8000-00000000cc0${n}`);
    for (const id of ids) {
      await service.database.query(
        `insert into transactions (id, type, query, branches, asked_first, status, errors, deadline_at, next_attempt_at, created_at)
         values ($1, 'transfer', $2, '{a,b}', 1, 'failed', '[]', now(), 'infinity', now())`,
        [id, { postings: [{ origin: 'a', destination: 'b', amount: 2 }] }],
      );
    }
    const seen: string[] = [];
    let cursor = '';
    do {
      const { body } = await admin.get(`/admin/transfers?limit=2${cursor && `&cursor=${cursor}`}`);
      seen.push(...(body['items'] as { transfer: { id: string } }[]).map(({ transfer }) => transfer.id));
      cursor = (body['nextCursor'] as string | null) ?? '';
    } while (cursor !== '');
    expect(seen).toEqual(ids);
    await service.database.query('delete from transactions where id = any($1)', [ids]);
  });

  it('takes a token as the password of a browser on every path, and from no page of another site', async () => {
    const authorization = `Basic ${Buffer.from('me:admin-token').toString('base64')}`;
    expect((await service.client.get('/admin/transfers', { headers: { authorization } })).status).toBe(200);
    const headers = { authorization, 'sec-fetch-site': 'cross-site' };
    expect((await service.client.post('/account/mallory', { headers })).status).toBe(403);
    const wrong = `Basic ${Buffer.from('me:wrong-token').toString('base64')}`;
    expect((await service.client.get('/accounts', { headers: { authorization: wrong } })).status).toBe(401);
  });

  it('shows the dashboard to an admin, who logs in with a browser', async () => {
    const basic = (token: string) => ({
      headers: { authorization: `Basic ${Buffer.from(`me:${token}`).toString('base64')}` },
    });
    const page = await service.client.get('/admin/queues', basic('admin-token'));
    expect(page.status).toBe(200);
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(page.body['text']).toContain('tandem');
    const asked = await service.client.get('/admin/queues');
    expect(asked.status).toBe(401);
    expect(asked.headers.get('www-authenticate')).toMatch(/^Basic /);
    expect((await service.client.get('/admin/queues', basic('alice-token'))).status).toBe(403);
    expect((await fetch(`${service.client.url}/admin/queues/api/queues`)).status).toBe(401);
    const queues = await fetch(`${service.client.url}/admin/queues/api/queues`, basic('admin-token'));
    const { queues: listed } = (await queues.json()) as { queues: { name: string; counts: { completed: number } }[] };
    expect(listed[0]?.name).toBe('coordinator');
    expect(listed[0]?.counts.completed).toBeGreaterThan(0);
  });

  it('does not let another site act in the name of an admin', async () => {
    const authorization = `Basic ${Buffer.from('me:admin-token').toString('base64')}`;
    const response = await fetch(`${service.client.url}/admin/queues/api/queues/coordinator/pause`, {
      method: 'PUT',
      headers: { authorization, 'sec-fetch-site': 'cross-site' },
    });
    expect(response.status).toBe(403);
  });
});
