import type { AccountId } from '../../domain/ids';
import type { EntryFilter } from '../../engine/reads';
import { answer, type Outcome, refused, stream } from '../answers/answer';
import { csvOfEntries, viewEntry, viewHold } from '../answers/entryView';
import { viewTransferFor } from '../answers/transferView';
import type { HttpDeps } from '../deps';
import { ENTRIES, ENTRIES_CSV, HOLDS } from '../examples/accounts';
import { COMMITTED } from '../examples/transfers';
import { type Route, route } from '../requests/route';
import { accountParams, entriesQuery, entriesSchema } from '../schemas/accounts';
import { holdsQuery, holdsSchema } from '../schemas/holds';
import { cursorOf, LIMIT_DEFAULT } from '../schemas/paging';
import { metadataFilterOf, transfersQuery } from '../schemas/transfers';
import { transfersSchema } from '../schemas/transferView';

/** Entries per read for a file. */
const CSV_CHUNK = 1_000;
const NOT_IN_CSV = 'must not be there with Accept: text/csv: the file has every entry';

export function historyRoutes({ history }: HttpDeps): Route[] {
  const transfers = route({
    method: 'get',
    path: '/transfers',
    name: 'listTransfers',
    summary: 'List transfers, newest first',
    description:
      'One page; `nextCursor` of the answer is the `cursor` of the next one, and null at the end. An owner sees the transfers that its account pays for. `metadata.KEY=VALUE` finds those whose metadata has that member.',
    example: { query: { account: 'alice', limit: 10 } },
    tag: 'transfers',
    access: { kind: 'transfers' },
    query: transfersQuery,
    responses: {
      200: { description: 'One page.', schema: transfersSchema, example: { items: [COMMITTED], nextCursor: null } },
    },
    refusals: [],
    async handler({ query, context: { caller } }) {
      const { status, account, from, to, limit, cursor } = query;
      const origin = caller.role === 'owner' ? caller.owner : undefined;
      const filter = { status, account, origin, from, to, metadata: metadataFilterOf(query) };
      const page = await history.transactions(filter, limit, cursor);
      const items = page.items.map((record) => viewTransferFor(caller, record));
      return answer(200, { items, nextCursor: cursorOf(page.next) });
    },
  });

  const entries = route({
    method: 'get',
    path: '/account/{id}/entries',
    name: 'listEntries',
    summary: 'List the journal of an account, newest first',
    description:
      'Everything that ever changed the account, with the balance after it. `nextCursor` of the answer is the `cursor` of the next page. With `Accept: text/csv` all of it comes as one file, which takes no `limit` and no `cursor`.',
    example: { params: { id: 'alice' }, query: { limit: 10 } },
    tag: 'accounts',
    access: { kind: 'account', of: ({ params }) => params.id },
    params: accountParams,
    query: entriesQuery,
    responses: {
      200: {
        description: 'One page, each entry with the balance after it; or all of them as a file.',
        schema: entriesSchema,
        example: ENTRIES,
        csv: ENTRIES_CSV,
        headers: ['Vary', 'Content-Disposition'],
      },
    },
    refusals: ['account-not-found'],
    async handler({ params: { id }, query: { limit, cursor, ...filter }, accepts }) {
      if (accepts('application/json', 'text/csv') === 'text/csv') {
        const errors = Object.entries({ limit, cursor }).flatMap(([path, given]) =>
          given === undefined ? [] : [{ in: 'query', path, message: NOT_IN_CSV } as const],
        );
        return errors.length > 0 ? refused({ kind: 'invalid-request', errors }) : csv(id, filter);
      }
      const page = await history.entries(id, filter, limit ?? LIMIT_DEFAULT, cursor);
      if (!page) return refused({ kind: 'account-not-found', account: id });
      const items = page.items.map(viewEntry);
      return answer(200, { items, nextCursor: cursorOf(page.next) }, { Vary: 'Accept' });
    },
  });

  const holds = route({
    method: 'get',
    path: '/account/{id}/holds',
    name: 'listHolds',
    summary: 'List the open holds of an account, newest first',
    description:
      'What the account has promised and what is promised to it, in transfers that are not final: since when, and until when where it waits for a capture. The debits add up to `held`, the credits to `incoming`.',
    example: { params: { id: 'alice' }, query: { limit: 10 } },
    tag: 'accounts',
    access: { kind: 'account', of: ({ params }) => params.id },
    params: accountParams,
    query: holdsQuery,
    responses: { 200: { description: 'One page.', schema: holdsSchema, example: HOLDS } },
    refusals: ['account-not-found'],
    async handler({ params: { id }, query: { limit, cursor } }) {
      const page = await history.holds(id, limit, cursor);
      if (!page) return refused({ kind: 'account-not-found', account: id });
      return answer(200, { items: page.items.map(viewHold), nextCursor: cursorOf(page.next) });
    },
  });

  async function csv(id: AccountId, filter: EntryFilter): Promise<Outcome> {
    const first = await history.entries(id, filter, CSV_CHUNK);
    if (!first) return refused({ kind: 'account-not-found', account: id });
    const rest = (after: number) => history.entries(id, filter, CSV_CHUNK, after);
    return stream('text/csv; charset=utf-8; header=present', csvOfEntries(first, rest), {
      'Content-Disposition': `attachment; filename="${id.replaceAll(':', '_')}.csv"`,
      Vary: 'Accept',
    });
  }

  return [transfers, entries, holds];
}
