import { outcomeOfReply } from '../accountOutcome';
import { type Answer, answer, REPLAYED } from '../answer';
import type { HttpDeps } from '../deps';
import { STATUS_OF } from '../errors';
import { exactJson } from '../exactJson';
import { moveMoney } from '../moveMoney';
import { type Route, route } from '../route';
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
import { emptyLedger, viewLedger } from '../walletView';

const TAG = 'wallet';
const ACCESS = { kind: 'wallet' } as const;
const WALLETS_MAX = 100;

/** A wallet is the account whose id is the owner's. */
export function walletRoutes(deps: HttpDeps): Route[] {
  const { accountStore, wallets } = deps;

  /** The first deposit opens the wallet. Before it is carried out: its answer, once given under a key, is for ever. */
  async function open(owner: string): Promise<void> {
    const { state } = await accountStore.load(owner);
    if (state.status === 'absent') await accountStore.open(owner);
  }

  const balance = route({
    method: 'get',
    path: '/wallet/balance',
    name: 'getWalletBalance',
    summary: 'Read the balance of the own wallet, replayed from its journal',
    tag: TAG,
    access: ACCESS,
    responses: { 200: { description: 'The balance; 0 before the first deposit.', schema: walletBalanceSchema } },
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
      tag: TAG,
      access: ACCESS,
      headers: ['Idempotency-Key'],
      body: walletMoneyBody,
      responses: {
        200: { description: 'Accepted.', schema: walletMovedSchema },
        422: { description: 'Not accepted; the reason says why.', schema: walletMovedSchema },
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
        if (reply.kind === 'done') {
          return answer(200, { ownerId, accepted: true, balance: Number(reply.balance), reason: null }, headers);
        }
        // A wallet that was never opened has nothing in it, which is all that its owner needs to know.
        const reason = reply.refusal.kind === 'account-not-found' ? 'insufficient-funds' : reply.refusal.kind;
        const { state } = await accountStore.load(ownerId);
        const balance = state.status === 'open' ? Number(state.balance) : 0;
        return answer(NOT_ACCEPTED, { ownerId, accepted: false, balance, reason }, headers);
      },
    });

  const ledger = route({
    method: 'get',
    path: '/wallet/ledger',
    name: 'getLedger',
    summary: 'Read what was deposited and withdrawn, added up',
    tag: TAG,
    access: ACCESS,
    responses: { 200: { description: 'The totals; zeros before the first deposit.', schema: ledgerSchema } },
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
    tag: TAG,
    access: ACCESS,
    query: ledgerEntriesQuery,
    responses: { 200: { description: 'The newest entries.', schema: ledgerEntriesSchema } },
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
    tag: TAG,
    access: ACCESS,
    headers: ['Idempotency-Key'],
    body: recordBody,
    responses: { 200: { description: 'Recorded, durably.', schema: recordedSchema } },
    refusals: ['account-not-found', 'insufficient-funds', 'balance-limit-exceeded', 'idempotency-key-reused'],
    async handler({ body: { kind, amountCents, description }, ...input }) {
      const ownerId = input.context.caller.owner;
      if (kind === 'deposit') await open(ownerId);
      const moved = await moveMoney(deps, ownerId, kind, amountCents, input, description);
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
    tag: 'operations',
    access: { kind: 'admin' },
    responses: { 200: { description: `At most ${WALLETS_MAX}, the largest first.`, schema: walletsSchema } },
    refusals: [],
    async handler() {
      const ledgers = await wallets.richest(WALLETS_MAX);
      const list = ledgers.map((ledger) => ({
        ...viewLedger(ledger),
        netCents: ledger.deposited - ledger.withdrawn,
      }));
      return answer(200, exactJson({ count: list.length, wallets: list }));
    },
  });

  return [balance, move('deposit'), move('withdraw'), ledger, entries, record, richest];
}

const NOT_ACCEPTED = STATUS_OF['insufficient-funds'] as Answer['status'];
