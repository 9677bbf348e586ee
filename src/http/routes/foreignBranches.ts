import { foreignBranchId } from '../../adapters/participants/foreignBranchId';
import { answer, refused } from '../answers/answer';
import type { HttpDeps } from '../deps';
import { FOREIGN_BRANCH } from '../examples/participation';
import { requestedBy } from '../requests/caller';
import { type Route, route } from '../requests/route';
import { cursorOf } from '../schemas/paging';
import { settleBody } from '../schemas/participants';
import { foreignListSchema, foreignParams, foreignQuery, foreignSettledSchema } from '../schemas/participation';

const TAG = 'operations';
const ACCESS = { kind: 'admin' } as const;

/** How operators see and settle the branches that other services coordinate. */
export function foreignBranchRoutes({ foreign, operations }: HttpDeps): Route[] {
  const list = route({
    method: 'get',
    path: '/admin/foreign-branches',
    name: 'listForeignBranches',
    summary: 'List what accounts have promised to services that coordinate, and that is not decided',
    description:
      'Prepared branches, the oldest first, each until its coordinator decides. An old one may be of a coordinator that never comes back. A page may have fewer items than asked for, or none, and be followed by more: go on until `nextCursor` is null.',
    example: { query: { limit: 20 } },
    tag: TAG,
    access: ACCESS,
    query: foreignQuery,
    responses: {
      200: {
        description: 'One page.',
        schema: foreignListSchema,
        example: { items: [FOREIGN_BRANCH], nextCursor: null },
      },
    },
    refusals: [],
    async handler({ query: { limit, cursor } }) {
      const { items, next } = await operations.openForeign(limit, cursor);
      const views = items.map(({ caller: coordinator, amount, ...item }) => ({
        coordinator,
        ...item,
        amount: Number(amount),
      }));
      return answer(200, { items: views, nextCursor: cursorOf(next) });
    },
  });

  const { coordinator, transaction, branch } = FOREIGN_BRANCH;
  const settle = route({
    method: 'post',
    path: '/admin/foreign-branches/{coordinator}/{transaction}/{branch}/settle',
    name: 'settleForeignBranch',
    summary: 'Say what a coordinator decided that is gone for good, so that its branch here can end',
    description:
      'Only where the coordinator will never say it: `committed` moves the money, `aborted` releases it. `note`, and who said so, stay with the entry in the journal of the account. A branch that ended the other way is refused with 409; repeating it does no harm.',
    example: {
      params: { coordinator, transaction, branch },
      body: { as: 'aborted', note: 'north was shut down; its books say aborted; ticket 4711' },
    },
    tag: TAG,
    access: ACCESS,
    params: foreignParams,
    body: settleBody,
    responses: {
      200: {
        description: 'It has ended so, now or before.',
        schema: foreignSettledSchema,
        example: { coordinator, transaction, branch, as: 'aborted' },
      },
    },
    refusals: ['branch-not-found', 'branch-refused'],
    async handler({ params, body: { as, note }, context }) {
      const name = { caller: params.coordinator, transaction: params.transaction, branch: params.branch };
      const by = requestedBy(context.caller);
      const settled = await foreign.settle({ ...name, id: foreignBranchId(name) }, as, { description: note, ...by });
      if (settled.kind === 'no-branch') return refused({ kind: 'branch-not-found' });
      if (settled.kind === 'refused') {
        return refused({ kind: 'branch-refused', code: as === 'aborted' ? 'branch-committed' : 'branch-aborted' });
      }
      context.log.warn({ ...name, as, by: by.requestedBy }, 'an operator settled a branch of another coordinator');
      return answer(200, { ...params, as });
    },
  });

  return [list, settle];
}
