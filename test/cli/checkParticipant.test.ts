import { check, type Report, RULES } from '../../src/cli/check/check';
import type { Subject } from '../../src/cli/check/probe';
import { tableOf } from '../../src/cli/check/table';
import { type Edit, StockProcess } from '../kit/stockProcess';
import { OTHER_SECRET, ParticipantServer, SECRET } from '../participants/participantServer';
import { TestDatabase } from '../support/testDatabase';
import { PLANTED_BUGS } from './plantedBugs';

/** This many races find the bug that only a race shows. The other planted bugs break rules that need few races. */
const RACES = 200;
const SUBJECT: Omit<Subject, 'url'> = {
  secret: SECRET,
  payload: { item: 'book', quantity: 1 },
  refusedPayload: { item: 'unicorn', quantity: 1 },
  races: 20,
  timeoutMs: 10_000,
};

function rulesOf(report: Report, kind: 'held' | 'broken' | 'skipped'): readonly string[] {
  if (report.kind === 'not-checked') throw new Error(report.why);
  return report.results.filter(({ finding }) => finding.kind === kind).map(({ rule }) => rule.name);
}

describe('the check of a participant', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await TestDatabase.createEmpty();
  });
  afterAll(() => database.drop());

  async function checked(subject: Partial<Subject> = {}, edits: readonly Edit[] = []): Promise<Report> {
    const stock = await StockProcess.start(database.url, SECRET, edits);
    await database.query('truncate shelf, branches');
    await database.query(`insert into shelf values ('book', 100000)`);
    try {
      return await check({ ...SUBJECT, url: stock.url, ...subject }, Date.now);
    } finally {
      await stock.stop();
    }
  }

  it('finds that the example keeps every rule, and counts what the books of the example say', async () => {
    const report = await checked({ races: 1_000 });
    expect(tableOf(report).filter((line) => line.startsWith('BROKEN'))).toEqual([]);
    expect(rulesOf(report, 'held')).toEqual(RULES.map(({ name }) => name));
    const [shelf] = await database.query<{ available: number; reserved: number }>('select * from shelf');
    const committed = report.kind === 'checked' ? report.committed : 0;
    expect(committed).toBeGreaterThan(10);
    expect(shelf).toMatchObject({ available: 100_000 - committed, reserved: 0 });
    expect(await database.query(`select from branches where state = 'prepared'`)).toEqual([]);
  });

  it('makes a call again after 202, 5xx and no answer, as the coordinator does', async () => {
    const reluctant: readonly Edit[] = [
      {
        from: 'async function carryOut({ call, transaction, branch, payload }) {',
        to: `const asked = new Map();
        async function carryOut({ call, transaction, branch, payload }) {
          const times = (asked.get(call + transaction + branch) ?? 0) + 1;
          asked.set(call + transaction + branch, times);
          if (times < 3) return { status: [202, 503][times - 1] };`,
      },
      { from: 'response.writeHead(status)', to: `response.writeHead(status, { 'retry-after': '0' })` },
    ];
    const report = await checked({ races: 1 }, reluctant);
    expect(rulesOf(report, 'broken')).toEqual([]);
    expect(report).toMatchObject({ troubles: expect.any(Number) as unknown });
    expect(tableOf(report).at(-1)).toMatch(/^\d{2,} answers were 5xx, 429 or none at all/);
  });

  it('says that it could not check refusals when it knows none', async () => {
    const report = await checked({ refusedPayload: undefined, races: 1 });
    expect(rulesOf(report, 'skipped')).toEqual(['refusal']);
    expect(tableOf(report).join('\n')).toContain('say with --refused-payload what the participant refuses');
  });

  it.each<[string, Partial<Subject>, string]>([
    ['the secret is not the right one', { secret: OTHER_SECRET }, 'prepare was answered 401: is it the right secret?'],
    [
      'the payload is refused',
      { payload: { item: 'unicorn', quantity: 1 } },
      'prepare was answered 409: say with --payload what the participant accepts',
    ],
  ])('checks nothing when %s', async (_, subject, why) => {
    expect(await checked(subject)).toEqual({ kind: 'not-checked', why });
  });

  it('checks nothing where no server listens', async () => {
    const server = await ParticipantServer.start((response) => response.end());
    await server.stop();
    const report = await check({ ...SUBJECT, url: server.url }, Date.now);
    expect(report).toEqual({ kind: 'not-checked', why: 'prepare got no answer: connection refused' });
  });

  it('tells how many branches may still be prepared when their abort is not confirmed', async () => {
    const server = await ParticipantServer.start((response, { url = '' }) =>
      response.writeHead(url.endsWith('/abort') ? 400 : 204).end(),
    );
    const report = await check({ ...SUBJECT, url: server.url, races: 1 }, Date.now);
    await server.stop();
    if (report.kind === 'not-checked') throw new Error(report.why);
    expect(report.left).toBeGreaterThan(5);
    expect(tableOf(report)).toContain(
      `${report.left} branches may still be prepared: their abort was not answered 200.`,
    );
  });

  it('has a participant that breaks it for every rule', () => {
    expect(new Set(PLANTED_BUGS.map(({ rule }) => rule))).toEqual(new Set(RULES.map(({ name }) => name)));
  });

  it.each(PLANTED_BUGS)(
    'names $rule for a participant that $bug',
    async ({ rule, also, edits }) => {
      const report = await checked(rule === 'prepare-abort-race' ? { races: RACES } : {}, edits);
      const broken = rulesOf(report, 'broken');
      expect(broken).toContain(rule);
      expect(broken.filter((name) => name !== rule && !also.includes(name))).toEqual([]);
    },
    240_000,
  );
});
