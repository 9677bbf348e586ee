import { z } from 'zod';
import { ABSENT, EMPTY, PLAIN_TERMS } from '../../domain/account/state';
import type { AccountId } from '../../domain/ids';
import { amountsOf, outcomeOfReply, viewAccount, viewAccountThen } from '../answers/accountOutcome';
import { answer, type Outcome, refused } from '../answers/answer';
import type { HttpDeps } from '../deps';
import { ACCOUNT, AFTER_DEPOSIT, AFTER_WITHDRAWAL, NEW_ACCOUNT } from '../examples/accounts';
import { type MoneyNote, moveMoney } from '../moveMoney';
import { openAccount } from '../openAccount';
import { type Input, type Route, route } from '../requests/route';
import {
  accountAmountParams,
  accountParams,
  accountSchema,
  accountThenSchema,
  balanceQuery,
  noteBody,
  openBody,
} from '../schemas/accounts';

const TAG = 'accounts';

type Moved = Pick<Input<unknown, unknown, MoneyNote>, 'headers' | 'context' | 'body'>;

export function accountRoutes(deps: HttpDeps): Route[] {
  const { commands, history, journal } = deps;

  const open = route({
    method: 'post',
    path: '/account/{id}',
    name: 'openAccount',
    summary: 'Open an account',
    description:
      'The account is empty and belongs to the owner whose id it has. Opening it again is refused and changes nothing. Only services and admins may give it an overdraft limit.',
    example: { params: { id: 'alice' }, body: { currency: 'EUR' } },
    tag: TAG,
    access: { kind: 'account', of: ({ params }) => params.id },
    params: accountParams,
    body: openBody,
    responses: {
      201: {
        description: 'The new account, empty.',
        schema: accountSchema,
        example: NEW_ACCOUNT,
        headers: ['Location'],
      },
    },
    refusals: ['account-already-exists', 'forbidden'],
    async handler({ params: { id }, body: { currency, overdraftLimit = 0 }, context: { caller } }) {
      if (overdraftLimit > 0 && caller.role === 'owner') return refused({ kind: 'forbidden' });
      const terms = { ...PLAIN_TERMS, currency, overdraftLimit: BigInt(overdraftLimit) };
      const reply = await openAccount(commands, id, terms);
      if (reply.kind !== 'accepted') return outcomeOfReply(id, reply);
      return answer(201, viewAccount(id, reply), { Location: `/account/${id}/balance` });
    },
  });

  const balance = route({
    method: 'get',
    path: '/account/{id}/balance',
    name: 'getBalance',
    summary: 'Read the balance of an account',
    description:
      'What is booked is `balance`, what transfers that are not final have promised is `held`, what can be spent is `available`. With `at` it is the account as it was then, without `available`: how far it could be overdrawn then is not kept.',
    example: { params: { id: 'alice' } },
    tag: TAG,
    access: { kind: 'account', of: ({ params }) => params.id },
    params: accountParams,
    query: balanceQuery,
    responses: {
      200: {
        description: 'The account as the database has it now, or had it then.',
        schema: z.union([accountSchema, accountThenSchema]),
        example: ACCOUNT,
      },
    },
    refusals: ['account-not-found'],
    async handler({ params: { id }, query: { at } }) {
      if (at !== undefined) return balanceAt(id, at);
      const [snapshot] = await journal.load([id]);
      const state = snapshot?.state ?? ABSENT;
      if (state.status === 'absent') return refused({ kind: 'account-not-found', account: id });
      return answer(200, viewAccount(id, amountsOf(state.status === 'open' ? state : EMPTY)));
    },
  });

  async function balanceAt(id: AccountId, at: string): Promise<Outcome> {
    const [then, now] = await Promise.all([history.accountAt(id, at), history.account(id)]);
    if (!now || !then) return refused({ kind: 'account-not-found', account: id });
    return answer(200, viewAccountThen(id, then));
  }

  async function move(id: AccountId, kind: 'deposit' | 'withdraw', amount: bigint, input: Moved): Promise<Outcome> {
    const moved = await moveMoney(deps, id, kind, amount, input, input.body);
    return moved.kind === 'refused' ? moved : outcomeOfReply(id, moved.reply);
  }

  const deposit = route({
    method: 'post',
    path: '/account/{id}/deposit/{amount}',
    name: 'deposit',
    summary: 'Deposit money into an account',
    description:
      'Books the money before it answers. Give it an `Idempotency-Key` and repeat it until you have an answer: it is booked once.',
    example: {
      params: { id: 'alice', amount: 500 },
      headers: { 'Idempotency-Key': 'salary-may' },
      body: { description: 'salary' },
    },
    tag: TAG,
    access: { kind: 'funds', of: ({ params }) => params.id },
    headers: ['Idempotency-Key'],
    params: accountAmountParams,
    body: noteBody,
    responses: {
      200: { description: 'The account right after the deposit.', schema: accountSchema, example: AFTER_DEPOSIT },
    },
    refusals: [
      'account-not-found',
      'account-closed',
      'account-frozen',
      'balance-limit-exceeded',
      'idempotency-key-reused',
    ],
    handler: ({ params: { id, amount }, ...input }) => move(id, 'deposit', amount, input),
  });

  const withdraw = route({
    method: 'post',
    path: '/account/{id}/withdraw/{amount}',
    name: 'withdraw',
    summary: 'Withdraw money from an account',
    description:
      'Takes what is available, and never what is held for a transfer. Refused without enough of it, with `missing`.',
    example: { params: { id: 'alice', amount: 30 }, headers: { 'Idempotency-Key': 'cash-7' }, body: {} },
    tag: TAG,
    access: { kind: 'funds', of: ({ params }) => params.id },
    headers: ['Idempotency-Key'],
    params: accountAmountParams,
    body: noteBody,
    responses: {
      200: { description: 'The account right after the withdrawal.', schema: accountSchema, example: AFTER_WITHDRAWAL },
    },
    refusals: ['account-not-found', 'account-closed', 'account-frozen', 'insufficient-funds', 'idempotency-key-reused'],
    handler: ({ params: { id, amount }, ...input }) => move(id, 'withdraw', amount, input),
  });

  return [deposit, withdraw, balance, open];
}
