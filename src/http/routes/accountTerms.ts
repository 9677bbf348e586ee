import type { AccountCommand } from '../../domain/account/commands';
import type { AccountId } from '../../domain/ids';
import { outcomeOfReply } from '../answers/accountOutcome';
import { viewAccountDetails } from '../answers/accountView';
import { answer, type Outcome, refused } from '../answers/answer';
import type { HttpDeps } from '../deps';
import { DETAILS } from '../examples/accounts';
import { ownKey } from '../requests/idempotency';
import { type Route, route } from '../requests/route';
import { accountDetailsSchema, accountParams, accountsQuery, accountsSchema, changeBody } from '../schemas/accounts';
import { cursorOf } from '../schemas/paging';

const TAG = 'accounts';

/** The terms of an account: its limits, whether it is frozen, and whether it is closed. */
export function accountTermsRoutes({ commands, history }: HttpDeps): Route[] {
  async function read(id: AccountId): Promise<Outcome> {
    const account = await history.account(id);
    return account ? answer(200, viewAccountDetails(account)) : refused({ kind: 'account-not-found', account: id });
  }

  async function carryOut(id: AccountId, command: AccountCommand): Promise<Outcome> {
    const reply = await commands.ask(id, command, { key: ownKey(), isClientsKey: false });
    return reply.kind === 'accepted' ? read(id) : outcomeOfReply(id, reply);
  }

  const details = route({
    method: 'get',
    path: '/account/{id}',
    name: 'getAccount',
    summary: 'Read the whole state of an account',
    description: 'Its balances, its currency and limits, whether it is frozen or closed, and when it was opened.',
    example: { params: { id: 'alice' } },
    tag: TAG,
    access: { kind: 'account', of: ({ params }) => params.id },
    params: accountParams,
    responses: { 200: { description: 'The account as it is now.', schema: accountDetailsSchema, example: DETAILS } },
    refusals: ['account-not-found'],
    handler: ({ params: { id } }) => read(id),
  });

  const change = route({
    method: 'patch',
    path: '/account/{id}',
    name: 'changeAccount',
    summary: 'Freeze an account, or set how far it may be overdrawn',
    description:
      'What is not named stays as it is. A limit below what is overdrawn or promised by now is refused, with `missing`. What is prepared already always finishes.',
    example: { params: { id: 'alice' }, body: { frozen: 'debits' } },
    tag: TAG,
    access: { kind: 'funds', of: ({ params }) => params.id },
    params: accountParams,
    body: changeBody,
    responses: {
      200: {
        description: 'The account after the change.',
        schema: accountDetailsSchema,
        example: { ...DETAILS, frozen: 'debits' },
      },
    },
    refusals: ['account-not-found', 'account-closed', 'insufficient-funds'],
    handler: ({ params: { id }, body: { overdraftLimit, frozen } }) =>
      carryOut(id, {
        type: 'ChangeTerms',
        change: {
          ...(overdraftLimit !== undefined && { overdraftLimit: BigInt(overdraftLimit) }),
          ...(frozen !== undefined && { frozen: frozen ?? undefined }),
        },
      }),
  });

  const close = route({
    method: 'post',
    path: '/account/{id}/close',
    name: 'closeAccount',
    summary: 'Close an account for good',
    description:
      'Only at balance 0 and with nothing pending. A closed account refuses everything; its journal stays readable.',
    example: { params: { id: 'alice' } },
    tag: TAG,
    access: { kind: 'funds', of: ({ params }) => params.id },
    params: accountParams,
    responses: {
      200: {
        description: 'The account, closed.',
        schema: accountDetailsSchema,
        example: {
          ...DETAILS,
          balance: 0,
          held: 0,
          available: 0,
          state: 'closed',
          closedAt: '2026-11-22T08:00:00.000Z',
        },
      },
    },
    refusals: ['account-not-found', 'account-closed', 'account-not-empty'],
    handler: ({ params: { id } }) => carryOut(id, { type: 'Close' }),
  });

  const list = route({
    method: 'get',
    path: '/accounts',
    name: 'listAccounts',
    summary: 'List accounts, in the order of their ids',
    description: 'One page; `nextCursor` of the answer is the `cursor` of the next one, and null at the end.',
    example: { query: { limit: 10 } },
    tag: TAG,
    access: { kind: 'service' },
    query: accountsQuery,
    responses: {
      200: { description: 'One page.', schema: accountsSchema, example: { items: [DETAILS], nextCursor: null } },
    },
    refusals: [],
    async handler({ query: { limit, cursor } }) {
      const page = await history.accounts(limit, cursor);
      return answer(200, { items: page.items.map(viewAccountDetails), nextCursor: cursorOf(page.next) });
    },
  });

  return [details, change, close, list];
}
