import type { AccountId, TransactionId } from '../domain/ids';
import { type Posting, refundableId, type TransferQuery } from '../domain/transfer';
import type { Refusal } from './answers/refusals';
import { mayUse } from './auth/access';
import type { HttpDeps } from './deps';
import { openAccount } from './openAccount';
import type { Caller } from './requests/caller';

type Deps = Pick<HttpDeps, 'coordinator' | 'commands'>;

/**
 * Ensures that a transfer's refundable amounts are stored: for each pair of accounts, an account of the service's own
 * that starts with the captured amount. A refund pays from it like from any account, so concurrent refunds never exceed
 * it. Idempotent. Resolves to a refusal if the transfer cannot be refunded so.
 */
export async function prepareRefund(
  query: TransferQuery,
  refunds: TransactionId,
  caller: Caller,
  { coordinator, commands }: Deps,
): Promise<Refusal | undefined> {
  const refunded = await coordinator.get(refunds);
  const takesPart = refunded
    ?.query()
    .postings.some(({ origin, destination }) => mayUse(caller, origin) || mayUse(caller, destination));
  if (!refunded || !takesPart) return { kind: 'transfer-not-found' };
  const { state } = refunded.record;
  if (state.status !== 'committed') {
    return { kind: 'not-refundable', detail: `The transfer is ${state.status}; only a committed one can be refunded.` };
  }
  if (state.query.refunds !== undefined) {
    return { kind: 'not-refundable', detail: 'The transfer is a refund itself.' };
  }
  const paid = capturedByPair(state.query);
  for (const pair of pairsOf(query.postings)) {
    const { origin, destination } = pair;
    const amount = paid.get(nameOf(destination, origin));
    if (amount === undefined) {
      return { kind: 'not-refundable', detail: `In the transfer ${destination} paid nothing to ${origin}.` };
    }
    const id = refundableId(refunds, destination, origin);
    await openAccount(commands, id);
    if (amount > 0n) await grant(commands, id, amount);
  }
  return undefined;
}

async function grant(commands: Deps['commands'], id: AccountId, amount: bigint): Promise<void> {
  const key = { scope: '', key: id, fingerprint: String(amount) };
  const reply = await commands.ask(id, { type: 'Deposit', amount }, { key, isClientsKey: true });
  if (reply.kind !== 'accepted') throw new Error(`what may be refunded could not be kept: ${reply.kind}`);
}

function capturedByPair({ postings, captured }: TransferQuery): ReadonlyMap<string, bigint> {
  const paid = new Map<string, bigint>();
  postings.forEach(({ origin, destination, amount }, index) => {
    const name = nameOf(origin, destination);
    paid.set(name, (paid.get(name) ?? 0n) + (captured?.[index] ?? amount));
  });
  return paid;
}

function pairsOf(postings: readonly Posting[]): Iterable<Posting> {
  return new Map(postings.map((posting) => [nameOf(posting.origin, posting.destination), posting])).values();
}

const nameOf = (origin: AccountId, destination: AccountId): string => `${origin}/${destination}`;
