import { TandemClient } from '../../src/client/tandemClient';
import type { WebhookWithSecret } from '../../src/client/types';
import { RedisServer } from '../kit/redis';
import type { ServiceProcess } from '../kit/serviceProcess';
import { eventually } from '../kit/wait';
import { eventsOfRecords } from '../support/feedReader';
import { Load } from '../support/load';
import { TestDatabase } from '../support/testDatabase';
import { TestServices } from '../support/testService';
import { untilAllFinal } from '../support/untilFinal';
import { accepts, fails, hangs, Receiver, verified } from '../webhooks/receiver';

const SETTINGS = {
  WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8',
  WEBHOOK_TIMEOUT_MS: '1000',
  WEBHOOK_BACKOFF_MIN_MS: '50',
  WEBHOOK_BACKOFF_MAX_MS: '1000',
};
const TYPES = [
  'transfer.created',
  'transfer.authorized',
  'transfer.committed',
  'transfer.aborted',
  'transfer.failed',
  'account.opened',
] as const;
const ACCOUNTS = ['a', 'b', 'c'];

describe('a webhook', () => {
  let database: TestDatabase;
  let services: TestServices;
  let receiver: Receiver;

  beforeEach(async () => {
    database = await TestDatabase.create();
    services = new TestServices({ DATABASE_URL: database.url, ...SETTINGS });
    receiver = await Receiver.start();
  });

  afterEach(async () => {
    await services.remove();
    await database.drop();
    await receiver.stop();
  });

  const adminOf = ({ baseUrl }: ServiceProcess) => new TandemClient(baseUrl, { token: 'admin-token' });

  async function create(service: ServiceProcess): Promise<WebhookWithSecret> {
    const made = await adminOf(service).createWebhook({ url: receiver.url, types: [...TYPES] });
    if (!made.ok) throw new Error(made.problem.detail);
    return made.value;
  }

  async function open(service: ServiceProcess, accounts: readonly string[]): Promise<void> {
    for (const id of accounts) {
      await adminOf(service).openAccount(id);
      await adminOf(service).deposit(id, 1_000);
    }
  }

  /** What came, each with a signature that the public library takes, by type and subject. */
  const told = (secret: string): ReadonlySet<string> =>
    new Set(
      receiver.received.map((received) => {
        const { type, data } = verified(received, secret);
        return `${type} ${String(data['transferId'] ?? data['account'])}`;
      }),
    );

  /** Everything that the records say has come, and nothing else has. */
  async function untilAllIsTold(secret: string): Promise<readonly string[]> {
    const expected = await eventsOfRecords(database);
    const isTold = (): true | undefined => {
      const soFar = told(secret);
      return expected.every((event) => soFar.has(event)) ? true : undefined;
    };
    await eventually('all is told', isTold, { deadlineMs: 60_000, everyMs: 200 });
    expect([...told(secret)].toSorted()).toEqual(expected);
    return expected;
  }

  const count = async (condition: string): Promise<number> => {
    const [row] = await database.query<{ n: number }>(
      `select cast(count(*) as int) as n from webhook_deliveries where ${condition}`,
    );
    return row?.n ?? 0;
  };
  const untilCount = (condition: string, least: number): Promise<number> =>
    eventually(`${least} with ${condition}`, async () => ((await count(condition)) >= least ? least : undefined), {
      deadlineMs: 60_000,
    });

  it('is told of everything although the service is killed between writing down and delivering', async () => {
    const service = await services.start();
    const { secret } = await create(service);
    receiver.behaves = hangs;
    const accounts = Array.from({ length: 30 }, (_, n) => `account-${n}`);
    await open(service, accounts);
    await untilCount('delivered_at is null', 30);
    await untilCount('claim is not null', 1);
    await service.kill();
    receiver.behaves = accepts;
    expect(await count('delivered_at is not null')).toBe(0);
    service.start();
    await service.untilReady();
    expect(await untilAllIsTold(secret)).toHaveLength(30);
  });

  it('is told of everything while processes are killed, and the receiver fails now and then', async () => {
    const processes = [await services.start(), await services.start()];
    const [one, other] = processes;
    if (!one || !other) throw new Error('two were started');
    const { secret } = await create(one);
    await open(one, ACCOUNTS);
    let turn = 0;
    receiver.behaves = (response, received) => {
      turn += 1;
      if (turn % 5 === 0) fails(response, received);
      else if (turn % 17 === 0) response.destroy();
      else accepts(response, received);
    };
    const urls = processes.map(({ baseUrl }) => baseUrl);
    const load = new Load(urls, ACCOUNTS, 4);
    for (const service of [one, other, one, other]) {
      const before = load.succeeded();
      await eventually('transfers go on', () => (load.succeeded() > before + 25 ? true : undefined), {
        deadlineMs: 60_000,
      });
      await service.kill();
      service.start();
      await service.untilReady();
    }
    await load.stop();
    await untilAllFinal(database);
    expect((await untilAllIsTold(secret)).length).toBeGreaterThan(200);
    await eventually('nothing is left', async () => ((await count('delivered_at is null')) === 0 ? true : undefined), {
      deadlineMs: 60_000,
    });
  });

  it('is told by another process while the one that leads is paused, which does no harm when it wakes', async () => {
    const paused = await services.start();
    const { secret } = await create(paused);
    receiver.behaves = hangs;
    await open(paused, ['before-1', 'before-2']);
    await untilCount('claim is not null', 1);
    const other = await services.start();
    paused.stop();
    receiver.behaves = accepts;
    await open(other, ['during-1', 'during-2']);
    await untilAllIsTold(secret);
    paused.resume();
    await open(other, ['after-1', 'after-2']);
    expect(await untilAllIsTold(secret)).toHaveLength(6);
  });

  const withRedis = RedisServer.found() ? it : it.skip;
  withRedis(
    'is told of everything although Redis loses its jobs, and is away',
    async () => {
      const redis = await RedisServer.start();
      const service = await services.start({ REDIS_URL: redis.url });
      const { secret } = await create(service);
      receiver.behaves = fails;
      await open(service, ['one', 'two', 'three']);
      await untilCount('attempts > 0', 3);
      await redis.flushAll();
      receiver.behaves = accepts;
      await untilAllIsTold(secret);
      receiver.behaves = fails;
      await open(service, ['four', 'five']);
      await untilCount('attempts > 0', 5);
      await redis.kill();
      receiver.behaves = accepts;
      expect(await untilAllIsTold(secret)).toHaveLength(5);
    },
    240_000,
  );
});
