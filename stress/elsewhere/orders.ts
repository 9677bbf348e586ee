import type { Answer } from '../../src/client/answer';
import type { TandemClient } from '../../src/client/tandemClient';
import type { NewTransfer, Transfer } from '../../src/client/types';
import { sleep } from '../../test/kit/wait';
import type { Random } from '../base/random';
import { replyOf } from '../workload/reply';

export const BUYERS = 20;
export const MONEY = 100_000;
const PRICE_MAX = 20;
const PAUSE_MS = 50;

/** What a client requests under its key. */
export interface Order {
  readonly key: string;
  readonly transfer: NewTransfer;
}

/** How an order ended, as far as its client was told. */
export type Told = 'committed' | 'aborted' | 'unknown';

/** The part of an order in other services: a book, money to or from an account of the other Tandem, a book and money, or none. */
const KINDS = ['book', 'remit', 'collect', 'both', 'local'] as const;

export class Orders {
  readonly told = new Map<string, Told>();
  /** Answers that no client may get. */
  readonly unexpected: string[] = [];
  private serial = 0;

  constructor(private readonly random: Random) {}

  next(): Order {
    this.serial += 1;
    const { random } = this;
    const kind = random.pick(KINDS);
    const buyer = `buyer-${random.int(1, BUYERS)}`;
    const quantity = random.int(1, PRICE_MAX);
    const key = `order-${this.serial}`;
    const participants: NewTransfer['participants'] = [];
    if (kind === 'book' || kind === 'both')
      participants.push({ participant: 'stock', branch: key, payload: { item: 'book', quantity } });
    if (kind === 'remit' || kind === 'both' || kind === 'collect') {
      const direction = kind === 'collect' ? 'debit' : 'credit';
      participants.push({
        participant: 'there',
        branch: key,
        payload: { account: buyer, direction, amount: quantity },
      });
    }
    // Money that goes to the other Tandem is owed to it. Money that comes from there, it owes.
    const posting =
      kind === 'collect'
        ? { origin: 'clearing', destination: buyer, amount: quantity }
        : { origin: buyer, destination: kind === 'remit' ? 'clearing' : 'shop', amount: quantity };
    const timeoutMs = random.pick([1_000, 3_000, 10_000]);
    return { key, transfer: { postings: [posting], ...(participants.length > 0 && { participants }), timeoutMs } };
  }

  /** Carries out one order: sends the same request under the same key, to any process that answers, until the outcome is known. */
  async carryOut({ key, transfer }: Order, clients: readonly TandemClient[], untilMs: () => number): Promise<void> {
    this.told.set(key, 'unknown');
    while (performance.now() < untilMs()) {
      const reply = await replyOf(this.random.pick(clients).transfer(transfer, { idempotencyKey: key }));
      const told = reply.kind === 'answer' ? this.read(reply.answer) : undefined;
      if (reply.kind === 'malformed') this.unexpected.push(reply.detail);
      if (told) {
        this.told.set(key, told);
        return;
      }
      await sleep(PAUSE_MS);
    }
  }

  /** Undefined while the order is not final. */
  private read(answer: Answer<Transfer>): Told | undefined {
    if (answer.ok && answer.status === 202) return undefined;
    if (answer.ok && answer.value.status === 'committed') return 'committed';
    if (!answer.ok && REFUSED.includes(answer.problem.code)) return 'aborted';
    this.unexpected.push(`${answer.status} ${JSON.stringify(answer.ok ? answer.value.status : answer.problem)}`);
    return 'unknown';
  }
}

const REFUSED = ['insufficient-funds', 'participant-refused', 'transfer-timed-out'];
