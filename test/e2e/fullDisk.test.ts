import { PostgresServer } from '../kit/postgres';
import { STEP_BY_STEP } from '../kit/serviceProcess';
import { SmallDisk } from '../kit/smallDisk';
import { eventually } from '../kit/wait';
import { auditAtRest } from '../support/auditDatabase';
import { BankClient } from '../support/bankClient';
import { Load, unexpected } from '../support/load';
import { TestDatabase } from '../support/testDatabase';
import { TestServices } from '../support/testService';
import { untilAllFinal } from '../support/untilFinal';

const ACCOUNTS = ['da', 'db', 'dc', 'dd', 'de', 'df'];
const FINAL_WITHIN_MS = 60_000;

const mounted = SmallDisk.mount();
if (!mounted) process.stderr.write('\nSKIPPED: the test with a full disk, because only root may mount a small one\n\n');

(mounted ? describe : describe.skip)('a database whose disk is full', () => {
  const disk = mounted as SmallDisk;
  let server: PostgresServer;
  let database: TestDatabase;
  let services: TestServices;

  beforeAll(async () => {
    server = await PostgresServer.start();
    await server.query('postgres', `create tablespace small location '${disk.path}'`);
    database = await TestDatabase.createOn(server, 'tablespace small');
  });

  afterEach(async () => {
    disk.makeRoom();
    await services.remove();
  });

  afterAll(async () => {
    await server.remove();
    disk.unmount();
  });

  test.each([
    ['jobs', 'in one statement'],
    ['process', 'in one statement'],
    ['process', 'step by step'],
  ])(
    'is no reason to lose or stop anything (DRIVE=%s, %s): 503, told by the health, and all is final soon after',
    async (drive, how) => {
      services = new TestServices({
        DATABASE_URL: database.url,
        DRIVE: drive,
        ...(how === 'step by step' && STEP_BY_STEP),
      });
      const service = await services.start();
      const bank = new BankClient(service.baseUrl);
      for (const account of ACCOUNTS) await bank.open(account);
      const before = (await auditAtRest(database)).total;
      for (const account of ACCOUNTS) await bank.post(`/account/${account}/deposit/1000`);
      const load = new Load([service.baseUrl], ACCOUNTS, 12);
      await eventually('transfers go through', () => (load.succeeded() > 20 ? true : undefined), {
        deadlineMs: 60_000,
      });
      disk.fill();
      const full = load.outcomes.length;
      await eventually('transfers are refused', () => ((load.counts(full)['503'] ?? 0) > 20 ? true : undefined), {
        deadlineMs: 60_000,
      });
      const health = await eventually(
        'the health tells',
        async () => {
          const { status, body } = await bank.get('/health/ready');
          return status === 503 ? body : undefined;
        },
        { deadlineMs: 60_000 },
      );
      expect(JSON.stringify(health)).toContain('no room');
      expect(server.logged('No space left on device').length).toBeGreaterThan(0);
      disk.makeRoom();
      const back = load.outcomes.length;
      await eventually('transfers go through again', () => (load.succeeded(back) > 20 ? true : undefined), {
        deadlineMs: FINAL_WITHIN_MS,
      });
      await load.stop();
      await untilAllFinal(database, FINAL_WITHIN_MS);
      // A transfer that was begun while there was room may have met its deadline since: 504.
      expect(unexpected(load, ['200', '202', '422', '503', '504'])).toEqual([]);
      expect((await auditAtRest(database)).total).toBe(before + 6_000n);
      await service.untilReady(FINAL_WITHIN_MS);
      expect(await service.terminate(60_000)).toBe(0);
    },
    240_000,
  );
});
