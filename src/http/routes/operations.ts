import { answer, page, refused } from '../answer';
import type { HttpDeps } from '../deps';
import { type Route, route } from '../route';
import { pageSchema } from '../schemas/documentation';
import { metricsSchema, stuckListSchema, stuckQuery } from '../schemas/operations';
import { type TransferView, transferParams, transferSchema } from '../schemas/transfers';
import { isFinal, type TransferRecord, viewTransfer } from '../transferView';

const TAG = 'operations';
export const DASHBOARD_PATH = '/admin/queues';
const ACCESS = { kind: 'admin' } as const;

export function operationsRoutes(deps: HttpDeps): Route[] {
  const { coordinator, accountStore, operations, metrics, dashboard } = deps;

  const scrape = route({
    method: 'get',
    path: '/metrics',
    name: 'metrics',
    summary: 'What Prometheus scrapes',
    tag: TAG,
    access: ACCESS,
    alwaysAdmitted: true,
    responses: { 200: { description: 'The metrics.', schema: metricsSchema, contentType: 'text/plain' } },
    refusals: [],
    async handler() {
      const { contentType, text } = await metrics.render();
      return page(contentType, text);
    },
  });

  const stuck = route({
    method: 'get',
    path: '/admin/transfers',
    name: 'listStuckTransfers',
    summary: 'List transfers that have failed or take too long, and what holds them',
    tag: TAG,
    access: ACCESS,
    query: stuckQuery,
    responses: { 200: { description: 'The oldest first.', schema: stuckListSchema } },
    refusals: [],
    async handler({ query: { olderThanMs, limit } }) {
      const records = await operations.stuck(olderThanMs, limit);
      return answer(200, { items: await Promise.all(records.map(viewStuck)) });
    },
  });

  async function viewStuck(record: TransferRecord) {
    const transfer = await viewTransfer(record, accountStore);
    const told = transfer.errors?.map(({ account, message }) => `${account}: ${message}`).join('; ');
    const error = told ?? (await operations.lastError({ id: record.state.id, attempts: record.attempts })) ?? null;
    return { transfer, holding: holding(transfer), error };
  }

  const resume = route({
    method: 'post',
    path: '/admin/transfers/{id}/resume',
    name: 'resumeTransfer',
    summary: 'Go on with a transfer now, not after its backoff; also with one that has failed',
    tag: TAG,
    access: ACCESS,
    params: transferParams,
    responses: { 202: { description: 'It is being gone on with.', schema: transferSchema } },
    refusals: ['transfer-not-found', 'already-final'],
    async handler({ params: { id }, context }) {
      context.transferId = id;
      const transfer = await coordinator.get(id);
      if (!transfer) return refused({ kind: 'transfer-not-found' });
      const { status } = transfer.record.state;
      if (status === 'failed') await transfer.resume();
      else if (isFinal(transfer.record)) return refused({ kind: 'already-final', status });
      operations
        .drive(id)
        .catch((error: unknown) => context.log.warn({ err: error, transactionId: id }, 'resuming by hand failed'));
      return answer(202, await viewTransfer(await transfer.read(), accountStore), { Location: `/transfers/${id}` });
    },
  });

  const queues = route({
    method: 'get',
    path: DASHBOARD_PATH,
    name: 'dashboard',
    summary: 'The dashboard of the job queue; a browser logs in with any name and the admin token as password',
    tag: TAG,
    access: ACCESS,
    browser: true,
    mounted: dashboard,
    responses: { 200: { description: 'The page.', schema: pageSchema, contentType: 'text/html' } },
    refusals: [],
    handler: () => Promise.reject(new Error('the dashboard answers for itself')),
  });

  return [scrape, stuck, resume, queues];
}

/** The branches that are not where the transfer wants them: all are waited for until the last has answered. */
function holding({ status, branches, errors }: TransferView): string[] {
  if (errors) return errors.map(({ account }) => account);
  const wanted = status === 'preparing' ? 'prepared' : status === 'committing' ? 'committed' : 'aborted';
  return branches.filter(({ state }) => state !== wanted).map(({ account }) => account);
}
