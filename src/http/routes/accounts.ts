import type { AccountId } from '../../domain/ids';
import { outcomeOfReply, viewAccount } from '../accountOutcome';
import { answer, type Outcome, refused } from '../answer';
import type { HttpDeps } from '../deps';
import { moveMoney } from '../moveMoney';
import { type Input, type Route, route } from '../route';
import { accountAmountParams, accountParams, accountSchema } from '../schemas/accounts';

const TAG = 'accounts';

type Moved = Pick<Input<unknown, unknown, unknown>, 'headers' | 'context'>;

export function accountRoutes(deps: HttpDeps): Route[] {
  const { accountStore } = deps;

  const open = route({
    method: 'post',
    path: '/account/{id}',
    name: 'openAccount',
    summary: 'Open an account',
    tag: TAG,
    access: { kind: 'account', of: ({ params }) => params.id },
    params: accountParams,
    responses: { 201: { description: 'The new account, empty.', schema: accountSchema } },
    refusals: ['account-already-exists'],
    async handler({ params: { id } }) {
      const opened = await accountStore.open(id);
      if (opened === 'exists') return refused({ kind: 'account-already-exists', account: id });
      return answer(201, viewAccount(id, 0n, 0n), { Location: `/account/${id}/balance` });
    },
  });

  const balance = route({
    method: 'get',
    path: '/account/{id}/balance',
    name: 'getBalance',
    summary: 'Read the balance of an account',
    tag: TAG,
    access: { kind: 'account', of: ({ params }) => params.id },
    params: accountParams,
    responses: { 200: { description: 'The account as the database has it now.', schema: accountSchema } },
    refusals: ['account-not-found'],
    async handler({ params: { id } }) {
      const { state } = await accountStore.load(id);
      if (state.status === 'absent') return refused({ kind: 'account-not-found', account: id });
      return answer(200, viewAccount(id, state.balance, state.held));
    },
  });

  async function move(id: AccountId, kind: 'deposit' | 'withdraw', amount: bigint, input: Moved): Promise<Outcome> {
    const moved = await moveMoney(deps, id, kind, amount, input);
    return moved.kind === 'refused' ? moved : outcomeOfReply(id, moved.reply);
  }

  const deposit = route({
    method: 'post',
    path: '/account/{id}/deposit/{amount}',
    name: 'deposit',
    summary: 'Deposit money into an account',
    tag: TAG,
    access: { kind: 'account', of: ({ params }) => params.id },
    headers: ['Idempotency-Key'],
    params: accountAmountParams,
    responses: { 200: { description: 'The account right after the deposit.', schema: accountSchema } },
    refusals: ['account-not-found', 'balance-limit-exceeded', 'idempotency-key-reused'],
    handler: ({ params: { id, amount }, ...input }) => move(id, 'deposit', amount, input),
  });

  const withdraw = route({
    method: 'post',
    path: '/account/{id}/withdraw/{amount}',
    name: 'withdraw',
    summary: 'Withdraw money from an account',
    tag: TAG,
    access: { kind: 'account', of: ({ params }) => params.id },
    headers: ['Idempotency-Key'],
    params: accountAmountParams,
    responses: { 200: { description: 'The account right after the withdrawal.', schema: accountSchema } },
    refusals: ['account-not-found', 'insufficient-funds', 'idempotency-key-reused'],
    handler: ({ params: { id, amount }, ...input }) => move(id, 'withdraw', amount, input),
  });

  return [deposit, withdraw, balance, open];
}
