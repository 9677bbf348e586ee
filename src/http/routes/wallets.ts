import { outcomeOfReply } from '../answers/accountOutcome';
import { type Answer, answer, REPLAYED } from '../answers/answer';
import { STATUS_OF } from '../answers/errors';
import { exactJson } from '../answers/exactJson';
import { emptyLedger, viewLedger } from '../answers/walletView';
import type { HttpDeps } from '../deps';
import { ACCEPTED, LEDGER, LEDGER_ENTRIES, RECORDED, TURNED_DOWN, WALLET_BALANCE, WALLETS } from '../examples/wallets';
import { moveMoney } from '../moveMoney';
import { openAccount } from '../openAccount';
import { type Route, route } from '../requests/route';
import {
  ledgerEntriesQuery,
  ledgerEntriesSchema,
  ledgerSchema,
  recordBody,
  recordedSchema,
  walletBalanceSchema,
  walletMoneyBody,
  walletMovedSchema,
  walletsSchema,
} from '../schemas/wallets';

const TAG = 'wallet';
const ACCESS = { kind: 'wallet' } as const;
const WALLETS_MAX = 100;

/** A wallet is the account whose id is the owner's. */
export function walletRoutes(deps: HttpDeps): Route[] {
  const { commands, journal, wallets } = deps;

  /** The first deposit opens the wallet. Open it before the deposit: an answer stored under a key never changes. */
  async function open(owner: string): Promise<void> {
    const [snapshot] = await journal.load([owner]);
    if (snapshot?.state.status === 'absent') await openAccount(commands, owner);
  }

  const balance = route({
    method: 'get',
    path: '/wallet/balance',
    name: 'getWalletBalance',
    summary: 'Read the balance of the own wallet, replayed from its journal',
    description: 'Replays the journal of the account that has the id of the token’s owner; 0 before its first deposit.',
    example: {},
    tag: TAG,
    access: ACCESS,
    responses: {
      200: {
        description: 'The balance; 0 before the first deposit.',
        schema: walletBalanceSchema,
        example: WALLET_BALANCE,
      },
    },
    refusals: [],
    async handler({ context: { caller } }) {
      const { balance } = await wallets.replay(caller.owner);
      return answer(200, { ownerId: caller.owner, balance: Number(balance) });
    },
  });

  const move = (kind: 'deposit' | 'withdraw') =>
    route({
      method: 'post',
      path: `/wallet/${kind}`,
      name: kind === 'deposit' ? 'depositIntoWallet' : 'withdrawFromWallet',
      summary: kind === 'deposit' ? 'Deposit into the own wallet' : 'Withdraw from the own wallet',
      description:
        kind === 'deposit'
          ? 'The first deposit opens the wallet. Repeated under its `Idempotency-Key` it is booked once.'
          : 'Answers 422 with `accepted: false` and changes nothing when there is not enough.',
      example: { headers: { 'Idempotency-Key': `${kind}-may` }, body: { amountCents: 500 } },
      tag: TAG,
      access: ACCESS,
      headers: ['Idempotency-Key'],
      body: walletMoneyBody,
      responses: {
        200: { description: 'Accepted.', schema: walletMovedSchema, example: ACCEPTED },
        422: { description: 'Not accepted; the reason says why.', schema: walletMovedSchema, example: TURNED_DOWN },
      },
      refusals: ['idempotency-key-reused'],
      async handler({ body: { amountCents }, ...input }) {
        const ownerId = input.context.caller.owner;
        if (kind === 'deposit') await open(ownerId);
        const moved = await moveMoney(deps, ownerId, kind, amountCents, input);
        if (moved.kind === 'refused') return moved;
        const { reply } = moved;
        if (reply.kind === 'key-reused') return outcomeOfReply(ownerId, reply);
        const headers = reply.replayed ? REPLAYED : {};
        if (reply.kind === 'accepted') {
          return answer(200, { ownerId, accepted: true, balance: Number(reply.balance), reason: null }, headers);
        }
        // A wallet that was never opened is empty; its owner needs to know no more.
        const reason = reply.refusal.kind === 'account-not-found' ? 'insufficient-funds' : reply.refusal.kind;
        const [snapshot] = await journal.load([ownerId]);
        const balance = snapshot?.state.status === 'open' ? Number(snapshot.state.balance) : 0;
        return answer(NOT_ACCEPTED, { ownerId, accepted: false, balance, reason }, headers);
      },
    });

  const ledger = route({
    method: 'get',
    path: '/wallet/ledger',
    name: 'getLedger',
    summary: 'Read what was deposited and withdrawn, added up',
    description:
      'Counts and sums of all deposits and withdrawals. Transfers are in the balance and the entries, not in these sums.',
    example: {},
    tag: TAG,
    access: ACCESS,
    responses: {
      200: { description: 'The totals; zeros before the first deposit.', schema: ledgerSchema, example: LEDGER },
    },
    refusals: [],
    async handler({ context: { caller } }) {
      const ledger = await wallets.ledger(caller.owner);
      return answer(200, exactJson(ledger ? viewLedger(ledger) : emptyLedger(caller.owner)));
    },
  });

  const entries = route({
    method: 'get',
    path: '/wallet/ledger/entries',
    name: 'listLedgerEntries',
    summary: 'List what moved money in the own wallet, newest first',
    description: 'Deposits, withdrawals and transfers, with what each moved.',
    example: { query: { limit: 10 } },
    tag: TAG,
    access: ACCESS,
    query: ledgerEntriesQuery,
    responses: { 200: { description: 'The newest entries.', schema: ledgerEntriesSchema, example: LEDGER_ENTRIES } },
    refusals: [],
    async handler({ query: { limit }, context: { caller } }) {
      const rows = await wallets.moneyEntries(caller.owner, limit);
      const entries = rows.map(({ seq, kind, amount, occurredAt, description }) => ({
        id: seq,
        kind,
        amountCents: Number(amount),
        occurredAt,
        ...(description !== undefined && { description }),
      }));
      return answer(200, { ownerId: caller.owner, count: entries.length, entries });
    },
  });

  const record = route({
    method: 'post',
    path: '/wallet/ledger/record',
    name: 'recordInLedger',
    summary: 'Record a deposit or a withdrawal with a description',
    description: 'Answers when the entry is durable. The first deposit opens the wallet.',
    example: {
      headers: { 'Idempotency-Key': 'salary-may' },
      body: { kind: 'deposit', amountCents: 500, description: 'salary' },
    },
    tag: TAG,
    access: ACCESS,
    headers: ['Idempotency-Key'],
    body: recordBody,
    responses: { 200: { description: 'Recorded, durably.', schema: recordedSchema, example: RECORDED } },
    refusals: [
      'account-not-found',
      'account-closed',
      'account-frozen',
      'insufficient-funds',
      'balance-limit-exceeded',
      'idempotency-key-reused',
    ],
    async handler({ body: { kind, amountCents, description }, ...input }) {
      const ownerId = input.context.caller.owner;
      if (kind === 'deposit') await open(ownerId);
      const moved = await moveMoney(deps, ownerId, kind, amountCents, input, { description });
      if (moved.kind === 'refused') return moved;
      const outcome = outcomeOfReply(ownerId, moved.reply);
      if (outcome.kind === 'refused') return outcome;
      return { ...outcome, body: { ownerId, kind, amountCents: Number(amountCents), status: 'recorded' } };
    },
  });

  const richest = route({
    method: 'get',
    path: '/admin/wallets',
    name: 'listWallets',
    summary: 'List wallets by what was deposited less what was withdrawn',
    description: 'For administration: one query over the sums of all wallets.',
    example: {},
    tag: 'operations',
    access: { kind: 'admin' },
    responses: {
      200: { description: `At most ${WALLETS_MAX}, the largest first.`, schema: walletsSchema, example: WALLETS },
    },
    refusals: [],
    async handler() {
      const ledgers = await wallets.richest(WALLETS_MAX);
      const list = ledgers.map((ledger) => ({
        ...viewLedger(ledger),
        balance: ledger.balance,
        netCents: ledger.deposited - ledger.withdrawn,
      }));
      return answer(200, exactJson({ count: list.length, wallets: list }));
    },
  });

  return [balance, move('deposit'), move('withdraw'), ledger, entries, record, richest];
}

const NOT_ACCEPTED = STATUS_OF['insufficient-funds'] as Answer['status'];
