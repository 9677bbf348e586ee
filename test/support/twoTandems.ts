import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Fault, FaultyProxy } from '../kit/faultyProxy';
import type { ServiceProcess } from '../kit/serviceProcess';
import { BankClient } from './bankClient';
import { TestDatabase } from './testDatabase';
import { TestServices } from './testService';

/** The signing secrets of each side. */
export const SECRETS = {
  north: `whsec_${Buffer.alloc(32, 'n').toString('base64')}`,
  south: `whsec_${Buffer.alloc(32, 's').toString('base64')}`,
};
export const OVERDRAFT = 1_000_000;

export type Side = keyof typeof SECRETS;
export const otherThan = (side: Side): Side => (side === 'north' ? 'south' : 'north');

/** One of the two: a database, a process on it, and the proxy in front of it for the other side's calls. */
export interface Tandem {
  readonly side: Side;
  readonly database: TestDatabase;
  readonly services: TestServices;
  readonly proxy: FaultyProxy;
  process: ServiceProcess | undefined;
}

/**
 * Two Tandems, each with its own database and each a participant of the other. Money moves between them through an
 * account that each has for the other: `at-north` in the south and `at-south` in the north.
 */
export class TwoTandems {
  /** The fault of the next call between them; called for each one. */
  fault: () => Fault = () => 'none';
  private readonly directory = mkdtempSync(join(tmpdir(), 'tandem-two-'));
  private readonly tandems = new Map<Side, Tandem>();

  static async open(): Promise<TwoTandems> {
    const both = new TwoTandems();
    for (const side of ['north', 'south'] as const) await both.prepare(side);
    for (const side of ['north', 'south'] as const) await both.start(side);
    return both;
  }

  of(side: Side): Tandem {
    const tandem = this.tandems.get(side);
    if (!tandem) throw new Error(`there is no ${side}`);
    return tandem;
  }

  client(side: Side): BankClient {
    const { process } = this.of(side);
    if (!process) throw new Error(`${side} does not run`);
    return new BankClient(process.baseUrl);
  }

  async kill(side: Side): Promise<void> {
    await this.of(side).process?.kill();
  }

  /** Starts a side, or restarts it at its previous address. */
  async start(side: Side): Promise<void> {
    const tandem = this.of(side);
    if (tandem.process) {
      tandem.process.start();
      await tandem.process.untilReady();
    } else tandem.process = await tandem.services.start({ PARTICIPANTS_FILE: this.fileFor(side) });
  }

  async close(): Promise<void> {
    for (const { services, proxy, database } of this.tandems.values()) {
      await services.remove();
      await proxy.stop();
      await database.drop();
    }
    rmSync(this.directory, { recursive: true });
  }

  /**
   * The body of a transfer from an account of one side to one of the other, through the accounts that the two have for
   * each other.
   */
  transfer(from: Side, origin: string, destination: string, amount: number): object {
    const to = otherThan(from);
    const asked = (account: string, direction: string) => ({ account, direction, amount });
    return {
      postings: [{ origin, destination: `at-${to}`, amount }],
      participants: [
        { participant: to, branch: 'out', payload: asked(`at-${from}`, 'debit') },
        { participant: to, branch: 'in', payload: asked(destination, 'credit') },
      ],
      timeoutMs: 15_000,
    };
  }

  private async prepare(side: Side): Promise<void> {
    const database = await TestDatabase.create();
    const services = new TestServices({
      DATABASE_URL: database.url,
      PARTICIPANT_SECRETS: `${otherThan(side)}=${SECRETS[otherThan(side)]}`,
    });
    const proxy = await FaultyProxy.start(
      () => this.of(side).process?.baseUrl ?? 'http://127.0.0.1:1',
      () => this.fault(),
    );
    this.tandems.set(side, { side, database, services, proxy, process: undefined });
  }

  private fileFor(side: Side): string {
    const to = otherThan(side);
    const file = join(this.directory, `${side}.json`);
    const url = `${this.of(to).proxy.url}/participant`;
    writeFileSync(file, JSON.stringify({ [to]: { url, secrets: [SECRETS[side]], timeoutMs: 1_000 } }));
    return file;
  }
}
