import { answer, refused } from '../answer';
import type { HttpDeps } from '../deps';
import { type Route, route } from '../route';
import { accountParams, entriesQuery, entriesSchema } from '../schemas/accounts';
import { cursorOf } from '../schemas/paging';
import { transfersQuery, transfersSchema } from '../schemas/transfers';
import { viewTransfer } from '../transferView';

export function historyRoutes({ history, accountStore }: HttpDeps): Route[] {
  const transfers = route({
    method: 'get',
    path: '/transfers',
    name: 'listTransfers',
    summary: 'List transfers, newest first',
    tag: 'transfers',
    access: { kind: 'transfers' },
    query: transfersQuery,
    responses: { 200: { description: 'One page. An owner sees the transfers it pays for.', schema: transfersSchema } },
    refusals: [],
    async handler({ query: { status, account, limit, cursor }, context: { caller } }) {
      const origin = caller.role === 'owner' ? caller.owner : undefined;
      const page = await history.transactions({ status, account, origin }, limit, cursor);
      const items = await Promise.all(page.items.map((record) => viewTransfer(record, accountStore)));
      return answer(200, { items, nextCursor: cursorOf(page.next) });
    },
  });

  const entries = route({
    method: 'get',
    path: '/account/{id}/entries',
    name: 'listEntries',
    summary: 'List the journal of an account, newest first',
    tag: 'accounts',
    access: { kind: 'account', of: ({ params }) => params.id },
    params: accountParams,
    query: entriesQuery,
    responses: { 200: { description: 'One page, each entry with the balance after it.', schema: entriesSchema } },
    refusals: ['account-not-found'],
    async handler({ params: { id }, query: { limit, cursor } }) {
      const page = await history.entries(id, limit, cursor);
      if (!page) return refused({ kind: 'account-not-found', account: id });
      const items = page.items.map(({ amount, balanceAfter, transactionId, ...entry }) => ({
        ...entry,
        amount: Number(amount),
        balanceAfter: Number(balanceAfter),
        ...(transactionId !== undefined && { transferId: transactionId }),
      }));
      return answer(200, { items, nextCursor: cursorOf(page.next) });
    },
  });

  return [transfers, entries];
}
