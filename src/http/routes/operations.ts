import { answer, page, refused } from '../answers/answer';
import { shared } from '../answers/shared';
import { isFinal, type TransferRecord, viewTransfer } from '../answers/transferView';
import type { HttpDeps } from '../deps';
import { PAGE } from '../examples/documentation';
import { METRICS, STUCK } from '../examples/operations';
import { COMMITTING, TRANSFER_ID } from '../examples/transfers';
import { type Route, route } from '../requests/route';
import { pageSchema } from '../schemas/documentation';
import { metricsQuery, metricsSchema, stuckListSchema, stuckQuery } from '../schemas/operations';
import { cursorOf } from '../schemas/paging';
import { transferParams } from '../schemas/transfers';
import { type TransferView, transferSchema } from '../schemas/transferView';

const TAG = 'operations';
export const DASHBOARD_PATH = '/admin/queues';
const ACCESS = { kind: 'admin' } as const;

export function operationsRoutes(deps: HttpDeps): Route[] {
  const { coordinator, operations, metrics, dashboard } = deps;

  const rendered = shared(
    () => metrics.render(),
    () => performance.now(),
  );

  const scrape = route({
    method: 'get',
    path: '/metrics',
    name: 'metrics',
    summary: 'What Prometheus scrapes',
    description:
      'Counters, histograms and gauges of this process in the text format of Prometheus. What cannot be looked at now is missing from the answer.',
    example: {},
    tag: TAG,
    access: ACCESS,
    alwaysAdmitted: true,
    query: metricsQuery,
    responses: {
      200: { description: 'The metrics.', schema: metricsSchema, example: METRICS, contentType: 'text/plain' },
    },
    refusals: [],
    async handler({ query: { maxAgeMs } }) {
      const { contentType, text } = await rendered(maxAgeMs);
      return page(contentType, text);
    },
  });

  const stuck = route({
    method: 'get',
    path: '/admin/transfers',
    name: 'listStuckTransfers',
    summary: 'List transfers that have failed or take too long, and what holds them',
    description:
      'Those that failed, and those that are unfinished after `olderThanMs`, with the accounts that hold them and the last error. `nextCursor` of the answer is the `cursor` of the next page.',
    example: { query: { olderThanMs: 60000 } },
    tag: TAG,
    access: ACCESS,
    query: stuckQuery,
    responses: { 200: { description: 'One page, the oldest first.', schema: stuckListSchema, example: STUCK } },
    refusals: [],
    async handler({ query: { olderThanMs, limit, cursor } }) {
      const { items, next } = await operations.stuck(olderThanMs, limit, cursor);
      return answer(200, { items: await Promise.all(items.map(viewStuck)), nextCursor: cursorOf(next) });
    },
  });

  async function viewStuck(record: TransferRecord) {
    const transfer = viewTransfer(record);
    const waiting = transfer.waitingFor?.map((each) => `${nameOf(each)}: ${each.error}`).join('; ');
    const told = transfer.errors?.map((each) => `${nameOf(each)}: ${each.message}`).join('; ');
    const error =
      told ?? waiting ?? (await operations.lastError({ id: record.state.id, attempts: record.attempts })) ?? null;
    return { transfer, holding: holding(transfer), error };
  }

  const resume = route({
    method: 'post',
    path: '/admin/transfers/{id}/resume',
    name: 'resumeTransfer',
    summary: 'Go on with a transfer now, not after its backoff; also with one that has failed',
    description:
      'Drives it in the process that answers. Repeat it as often as you like; a transfer that is committed or aborted is refused, and so is an authorized one, which waits for its capture or void.',
    example: { params: { id: TRANSFER_ID } },
    tag: TAG,
    access: ACCESS,
    params: transferParams,
    responses: {
      202: {
        description: 'It is being gone on with.',
        schema: transferSchema,
        example: COMMITTING,
        headers: ['Location'],
      },
    },
    refusals: ['transfer-not-found', 'already-final'],
    async handler({ params: { id }, context }) {
      context.transferId = id;
      const transfer = await coordinator.get(id);
      if (!transfer) return refused({ kind: 'transfer-not-found' });
      const { status } = transfer.record.state;
      if (status !== 'failed' && isFinal(transfer.record)) return refused({ kind: 'already-final', status });
      if (status === 'failed') await transfer.resume();
      else
        operations
          .drive(id)
          .catch((error: unknown) => context.log.warn({ err: error, transactionId: id }, 'resuming by hand failed'));
      return answer(202, viewTransfer(await transfer.read()), { Location: `/transfers/${id}` });
    },
  });

  const queues = route({
    method: 'get',
    path: DASHBOARD_PATH,
    name: 'dashboard',
    summary: 'The dashboard of the job queue; a browser logs in with any name and the admin token as password',
    description:
      'A page that shows jobs and lets them be retried. It is served below this path too, with all that it loads.',
    example: {},
    tag: TAG,
    access: ACCESS,
    browser: true,
    mounted: dashboard,
    responses: { 200: { description: 'The page.', schema: pageSchema, example: PAGE, contentType: 'text/html' } },
    refusals: [],
    handler: () => Promise.reject(new Error('the dashboard answers for itself')),
  });

  return [scrape, stuck, resume, queues];
}

/**
 * The branches that have not reached the state that the transfer's status requires. The transfer waits for all of them.
 */
function holding({ status, branches, errors }: TransferView): string[] {
  if (errors) return errors.map(nameOf);
  const wanted = status === 'preparing' ? 'prepared' : status === 'committing' ? 'committed' : 'aborted';
  return branches.filter(({ state }) => state !== wanted).map(nameOf);
}

/** Account ids have no slash. */
function nameOf(
  branch: { readonly account: string } | { readonly participant: string; readonly branch: string },
): string {
  return 'account' in branch ? branch.account : `${branch.participant}/${branch.branch}`;
}
