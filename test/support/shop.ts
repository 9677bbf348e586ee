import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fault, FaultyProxy } from '../kit/faultyProxy';
import { StockProcess } from '../kit/stockProcess';
import type { BankClient } from './bankClient';
import { TestDatabase } from './testDatabase';
import { TestServices } from './testService';

const SECRET = `whsec_${Buffer.alloc(32, 9).toString('base64')}`;
const PRICE = 30;

/** A shop: the money is in a Tandem, the books are in the examples' stock service, and a proxy is between the two. */
export class Shop {
  /** The fault of the next call; called for each one. */
  fault: (call: string) => Fault = () => 'none';
  private serial = 0;

  private constructor(
    readonly bank: TestDatabase,
    readonly services: TestServices,
    private readonly books: TestDatabase,
    private readonly directory: string,
    private stock: StockProcess | undefined,
    readonly proxy: FaultyProxy,
  ) {}

  /** Opens a shop with `available` books. */
  static async open(available: number): Promise<Shop> {
    const [bank, books] = await Promise.all([TestDatabase.create(), TestDatabase.createEmpty()]);
    const stock = await StockProcess.start(books.url, SECRET);
    await books.query(`insert into shelf values ('book', $1)`, [available]);
    const proxy = await FaultyProxy.start(
      () => shop.stock?.url ?? 'http://127.0.0.1:1',
      (call) => shop.fault(call),
    );
    const directory = mkdtempSync(join(tmpdir(), 'tandem-shop-'));
    const file = join(directory, 'participants.json');
    writeFileSync(file, JSON.stringify({ stock: { url: proxy.url, secrets: [SECRET], timeoutMs: 1_000 } }));
    const services = new TestServices({ DATABASE_URL: bank.url, PARTICIPANTS_FILE: file });
    const shop: Shop = new Shop(bank, services, books, directory, stock, proxy);
    return shop;
  }

  async close(): Promise<void> {
    await this.services.remove();
    await this.proxy.stop();
    await this.stopStock();
    await this.bank.drop();
    await this.books.drop();
    rmSync(this.directory, { recursive: true });
  }

  /** Kills the stock service. */
  async stopStock(): Promise<void> {
    await this.stock?.stop();
    this.stock = undefined;
  }

  async startStock(): Promise<void> {
    this.stock = await StockProcess.start(this.books.url, SECRET);
  }

  /** The body of an order of one book: the money and the book move together or not at all. */
  order(buyer: string, more: { readonly quantity?: number; readonly timeoutMs?: number } = {}): object {
    this.serial += 1;
    const { quantity = 1, timeoutMs = 20_000 } = more;
    return {
      postings: [{ origin: buyer, destination: 'shop', amount: PRICE * quantity }],
      participants: [{ participant: 'stock', branch: `order-${this.serial}`, payload: { item: 'book', quantity } }],
      timeoutMs,
    };
  }

  async shelf(): Promise<{ available: number; reserved: number }> {
    const [row] = await this.books.query<{ available: number; reserved: number }>(
      `select available, reserved from shelf where item = 'book'`,
    );
    if (!row) throw new Error('the shelf is gone');
    return row;
  }

  /** Fails unless both sides record the same result for every transfer, and nothing is still reserved. */
  async expectAgreement(client: BankClient, booksAtFirst: number): Promise<number> {
    const ours = await this.bank.query<{ id: string; status: string }>('select id::text, status from transactions');
    const theirs = await this.books.query<{ transaction: string; state: string }>(
      'select transaction, state from branches',
    );
    const statusOf = new Map(ours.map(({ id, status }) => [id, status]));
    const differing = theirs.filter(({ transaction, state }) => statusOf.get(transaction) !== state);
    expect(differing).toEqual([]);
    const committed = ours.filter(({ status }) => status === 'committed').length;
    expect(theirs.filter(({ state }) => state === 'committed')).toHaveLength(committed);
    expect(await this.shelf()).toEqual({ available: booksAtFirst - committed, reserved: 0 });
    expect(await client.balance('shop')).toEqual({ balance: committed * PRICE, held: 0 });
    return committed;
  }
}
