import { eventually } from '../../test/kit/wait';
import { AuditDatabase } from '../audit/database';
import { auditAtRest } from '../audit/finalAudit';
import { pendingCount } from '../audit/pending';
import { Random } from '../base/random';
import { shown } from '../workload/reply';
import { ALONE, BESIDE, DATABASE, type Run, staleMsOf } from './prepareRun';

/** How long after the last fault unknown outcomes must be known and transactions must be final. */
export const FINAL_WITHIN_MS = 60_000;
const REPLAYS = 400;
/** The minimum number of transfers of each kind for a comparison of medians, and the difference that a busy machine explains. */
const COMPARED_MIN = 200;
const NOISE_MS = 20;

/** After the load and the faults: waits until everything has become final by itself, then compares everything. */
export async function atRest(run: Run): Promise<void> {
  const { findings, model, supervisor, auditor, world, clock } = run;
  findings.held('resolved', model.unknownEndedAs.total());
  checkCallersApart(run);
  await finalWithin(run);
  clock.finalMs = Date.now();
  await replayAnswers(run, 'before');
  await supervisor.restartAll();
  await replayAnswers(run, 'after');
  await auditor.stop();
  await auditor.audit();
  await auditAtRest(
    world.postgres.url(DATABASE, 'stress-audit'),
    findings,
    model,
    auditor.finalStates,
    staleMsOf(run.options),
  );
  await checkFeed(run);
  await readBalances(run);
  const deadlocks = world.postgres.logged('deadlock detected');
  findings.check('contract', deadlocks.length === 0, () => `PostgreSQL reports ${deadlocks.length} deadlocks`);
}

/**
 * Checks that payers without money, which ask for everything, do not make other clients wait much longer than they wait
 * while these payers rest.
 */
function checkCallersApart({ model, findings }: Run): void {
  const [alone, beside] = [ALONE, BESIDE].map((phase) => model.latency.byName.get(`transfer, ${phase}`)?.summary());
  if (!alone || !beside || Math.min(alone.count, beside.count) < COMPARED_MIN) return;
  findings.check('apart', beside.p50 <= 2 * alone.p50 + NOISE_MS, () => {
    return `half of the transfers took up to ${beside.p50} ms beside payers without money, ${alone.p50} ms without them`;
  });
}

async function finalWithin({ findings, world }: Run): Promise<void> {
  const database = world.postgres.url(DATABASE, 'stress-audit');
  const none = async (): Promise<true | undefined> => ((await pendingCount(database)) === 0 ? true : undefined);
  try {
    await eventually('no transaction is pending', none, { deadlineMs: FINAL_WITHIN_MS, everyMs: 100 });
    findings.held('live');
  } catch {
    const stuck = await pendingCount(database);
    findings.violated('live', `${stuck} transactions are pending ${FINAL_WITHIN_MS} ms after the last fault`);
  }
}

/** Checks that the readers of the feed reach its end while nothing changes any more. */
async function checkFeed({ world, feed, model }: Run): Promise<void> {
  const database = new AuditDatabase(world.postgres.url(DATABASE, 'stress-audit'));
  try {
    await database.snapshot((reader) => feed.checkAtRest(reader, model));
  } finally {
    await database.close();
  }
  await feed.stop();
}

/** Checks that answers are stable: after a long time, and from processes that were started later. */
async function replayAnswers({ model, workload, options }: Run, when: string): Promise<void> {
  const random = new Random(`${options.seed}/replays ${when}`);
  const known = [...model.records.values()].filter(({ outcome }) => outcome !== undefined);
  const sample = Array.from({ length: Math.min(REPLAYS, known.length) }, () => random.pick(known));
  await workload.replay([...new Set(sample)]);
  model.extraDeliveries.add(`repeated at rest, ${when} a restart of every process`, sample.length);
}

/** Checks that clients read what they were told. */
async function readBalances({ model, workload, findings, generator }: Run): Promise<void> {
  if (model.unresolved().length > 0) return;
  for (const { id } of generator.accounts.slice(0, 200)) {
    const answer = await workload.balance(id);
    if (!answer) continue;
    const expected = model.balances.get(id) ?? 0n;
    const isTold = answer.ok && BigInt(answer.value.balance) === expected && answer.value.held === 0;
    findings.check('acknowledged', isTold, () => {
      return `GET ${id}: ${shown(answer)}, by the answers it should be ${expected}`;
    });
  }
}
