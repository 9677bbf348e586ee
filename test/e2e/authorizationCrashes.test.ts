import { setTimeout as sleep } from 'node:timers/promises';
import type { CrashPoint } from '../../src/engine/crashPoint';
import { STEP_BY_STEP } from '../kit/serviceProcess';
import { auditAtRest } from '../support/auditDatabase';
import { BankClient } from '../support/bankClient';
import { untilDead } from '../support/testService';
import { useServices } from '../support/useServices';

const WAYS = {
  'in one statement': {},
  // One write a flush makes the windows between two branches real.
  'step by step': { ...STEP_BY_STEP, GROUP_COMMIT_ROWS_MAX: '1' },
} as const;

/** What is asked of an authorization of 80, or `expire`: nothing until its time is over. */
type Step = 'authorize' | 'capture' | 'void' | 'expire';

interface Left {
  readonly status: string;
  readonly reason?: string;
  readonly captured?: readonly number[];
}

const AUTHORIZED: Left = { status: 'authorized' };
const CAPTURED: Left = { status: 'committing', captured: [30] };
const VOIDED: Left = { status: 'aborting', reason: 'voided' };
const EXPIRED: Left = { status: 'aborting', reason: 'expired' };

/** Where a process is killed, and what is on disk then. */
const KILLS: readonly (readonly [keyof typeof WAYS, Step, CrashPoint, Left])[] = [
  ['in one statement', 'authorize', 'finished', AUTHORIZED],
  ['in one statement', 'capture', 'decided', CAPTURED],
  ['in one statement', 'void', 'decided', VOIDED],
  ['in one statement', 'expire', 'finished', { status: 'aborted', reason: 'expired' }],
  ['step by step', 'authorize', 'finished', AUTHORIZED],
  ['step by step', 'capture', 'decided', CAPTURED],
  ['step by step', 'capture', 'one-committed', CAPTURED],
  ['step by step', 'capture', 'branches-committed', CAPTURED],
  ['step by step', 'void', 'decided', VOIDED],
  ['step by step', 'void', 'one-aborted', VOIDED],
  ['step by step', 'void', 'branches-aborted', VOIDED],
  ['step by step', 'expire', 'decided', EXPIRED],
];

const kit = useServices({ TRANSFER_TIMEOUT_MS: '20000' });
let serial = 0;

/** An authorization that may be asked for, and asked about, at any process. */
class Stay {
  private readonly guest: string;
  private readonly hotel: string;
  readonly key: string;
  id = '';

  constructor() {
    serial += 1;
    this.key = `stay-${serial}`;
    [this.guest, this.hotel] = [`guest-${serial}`, `hotel-${serial}`];
  }

  async open(client: BankClient): Promise<void> {
    await client.open(this.guest, 100);
    await client.open(this.hotel);
  }

  authorize(client: BankClient) {
    const { guest: origin, hotel: destination, key } = this;
    return client.post('/transfers', {
      key,
      body: { origin, destination, amount: 80, capture: 'manual', expiresInMs: 600_000 },
    });
  }

  /** What the client asks for, again and again until it has an answer. */
  ask(client: BankClient, step: 'capture' | 'void', amount = 30) {
    return client.post(`/transfers/${this.id}/${step}`, { body: step === 'capture' ? { amount } : {} });
  }

  /** Ends its time, as if it had been authorized that much earlier. Only then: on a busy machine the answer takes as long as it likes. */
  async expire(secondsAgo: number): Promise<void> {
    await kit.database.query(
      `update transactions set expires_at = clock_timestamp() - $2 * interval '1 second', next_attempt_at = clock_timestamp()
       where id = $1`,
      [this.id, secondsAgo],
    );
  }

  async expectBalances(client: BankClient, paid: number, held = 0): Promise<void> {
    expect(await client.balance(this.guest)).toEqual({ balance: 100 - paid, held });
    expect((await client.get(`/account/${this.hotel}`)).body).toMatchObject({ balance: paid, held: 0, incoming: held });
  }

  async onDisk(): Promise<Left> {
    const [row] = await kit.database.query<{
      id: string;
      status: string;
      reason: { kind: string } | null;
      captured: string[];
    }>(
      `select t.id, status, reason, query->'captured' as captured
       from transactions t join idempotency_keys k on k.transaction_id = t.id where k.key = $1`,
      [this.key],
    );
    if (!row) throw new Error('nothing is stored');
    this.id = row.id;
    return {
      status: row.status,
      ...(row.reason && { reason: row.reason.kind }),
      ...(row.captured && { captured: row.captured.map(Number) }),
    };
  }
}

/** The step at which the process dies: the answer never comes. */
async function die(stay: Stay, client: BankClient, step: Step): Promise<void> {
  if (step === 'authorize') {
    await expect(stay.authorize(client)).rejects.toThrow('fetch failed');
    return;
  }
  const { status, body } = await stay.authorize(client);
  expect([status, body['status']]).toEqual([200, 'authorized']);
  stay.id = String(body['id']);
  if (step === 'expire') await stay.expire(0);
  else await expect(stay.ask(client, step)).rejects.toThrow('fetch failed');
}

/** A fresh process ends what was decided, and says so to a client that repeats what was asked. */
async function recover(stay: Stay, client: BankClient, step: Step): Promise<void> {
  switch (step) {
    case 'authorize':
      expect((await stay.authorize(client)).body).toMatchObject({ id: stay.id, status: 'authorized' });
      await stay.expectBalances(client, 0, 80);
      expect((await stay.ask(client, 'capture')).body).toMatchObject({ status: 'committed', amountCaptured: 30 });
      return stay.expectBalances(client, 30);
    case 'capture':
      await client.finalTransfer(stay.id);
      expect((await stay.ask(client, 'capture')).body).toMatchObject({ status: 'committed', amountCaptured: 30 });
      expect((await stay.ask(client, 'capture', 31)).body).toMatchObject({ code: 'already-captured' });
      expect((await stay.ask(client, 'void')).body).toMatchObject({ code: 'already-captured' });
      return stay.expectBalances(client, 30);
    case 'void':
      await client.finalTransfer(stay.id);
      expect((await stay.ask(client, 'void')).body).toMatchObject({ status: 'aborted', reason: { kind: 'voided' } });
      expect((await stay.ask(client, 'capture')).body).toMatchObject({ code: 'already-voided' });
      return stay.expectBalances(client, 0);
    case 'expire':
      await client.finalTransfer(stay.id);
      expect((await stay.ask(client, 'capture')).body).toMatchObject({ code: 'authorization-expired' });
      expect((await stay.ask(client, 'void')).body).toMatchObject({ code: 'authorization-expired' });
      return stay.expectBalances(client, 0);
  }
}

test.each(KILLS)(
  'killed %s, to %s, at %s, a process leaves what was decided, and a fresh one ends it',
  async (how, step, point, left) => {
    const stay = new Stay();
    // What was authorized has finished its first step.
    const hit = step === 'expire' && point === 'finished' ? 2 : 1;
    const first = await kit.services.start(WAYS[how], { point, hit, action: 'kill' });
    const before = new BankClient(first.baseUrl);
    await stay.open(before);
    await die(stay, before, step);
    await untilDead(first);
    expect(await stay.onDisk()).toEqual(left);

    const second = await kit.services.start(WAYS[how]);
    await recover(stay, new BankClient(second.baseUrl), step);
    await auditAtRest(kit.database);
    expect(await second.terminate(60_000)).toBe(0);
  },
);

test('an authorization that expires while nothing runs is released by the sweep of the next process, never captured', async () => {
  const stay = new Stay();
  const first = await kit.services.start();
  const before = new BankClient(first.baseUrl);
  await stay.open(before);
  stay.id = String((await stay.authorize(before)).body['id']);
  await first.kill();
  await stay.expire(2);
  await sleep(1_000);
  expect(await stay.onDisk()).toEqual(AUTHORIZED);

  const second = await kit.services.start();
  const after = new BankClient(second.baseUrl);
  expect(await after.finalTransfer(stay.id)).toMatchObject({ status: 'aborted', reason: { kind: 'expired' } });
  expect((await stay.ask(after, 'capture')).body).toMatchObject({ code: 'authorization-expired' });
  await stay.expectBalances(after, 0);
  const metrics = await (
    await fetch(`${second.baseUrl}/metrics`, { headers: { authorization: 'Bearer admin-token' } })
  ).text();
  const lag = Number(/^tandem_authorization_release_lag_seconds_sum (\S+)$/m.exec(metrics)?.[1]);
  expect(lag).toBeGreaterThan(3);
  expect(lag).toBeLessThan(600);
  expect(await second.terminate(60_000)).toBe(0);
});
