import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TandemClient } from '../../src/client/tandemClient';
import { type Fault, FaultyProxy } from '../../test/kit/faultyProxy';
import { HttpTransport } from '../../test/kit/httpTransport';
import { freePorts } from '../../test/kit/ports';
import { ServiceProcess } from '../../test/kit/serviceProcess';
import { StockProcess } from '../../test/kit/stockProcess';
import { serviceEnv, startWorld, type World } from '../../test/kit/world';

/** Databases of the one server: one for each of the two Tandems, which do not know each other's, and one for the stock service. */
const HERE = 'here';
const THERE = 'there';
const BOOKS = 'books';
const REQUEST_MS = 6_000;
const READY_MS = 60_000;

/** A process that a test can kill and start, stop and continue. */
export interface Victim {
  readonly name: string;
  kill(): Promise<void>;
  start(): Promise<void>;
  pause(): void;
  resume(): void;
}

/**
 * Two Tandems and a stock service, each with its own database. The first Tandem, `here`, coordinates. The second one,
 * `there`, and the stock service take part. Proxies stand between them.
 */
export class Market {
  /** Called for each call: what happens to it between the services. */
  fault: (call: string) => Fault = () => 'none';
  private readonly transport = new HttpTransport(REQUEST_MS);
  private proxies: readonly FaultyProxy[] = [];
  private stock: StockProcess | undefined;

  private constructor(
    private readonly world: World,
    private readonly here: readonly ServiceProcess[],
    private readonly there: ServiceProcess,
    private readonly secrets: { readonly stock: string; readonly there: string },
    private readonly stockPort: number,
  ) {}

  static async open(name: string, available: number): Promise<Market> {
    const world = await startWorld('postgres', name);
    const secrets = { stock: secret(), there: secret() };
    for (const database of [HERE, THERE, BOOKS]) await world.postgres.query('postgres', `create database ${database}`);
    const [stockPort = 0, therePort = 0, ...ports] = await freePorts(4);
    const participants = join(world.logDirectory, 'participants.json');
    const service = (process: string, port: number, database: string, env: Readonly<Record<string, string>>) =>
      new ServiceProcess({
        name: process,
        port,
        env: { ...serviceEnv(world, database, process), ...QUICK, ...env },
        logFile: join(world.logDirectory, `${process}.log`),
      });
    const here = ports.map((port, n) => service(`here-${n}`, port, HERE, { PARTICIPANTS_FILE: participants }));
    const there = service('there', therePort, THERE, { PARTICIPANT_SECRETS: `here=${secrets.there}` });
    const market = new Market(world, here, there, secrets, stockPort);
    market.proxies = [
      await FaultyProxy.start(
        () => `http://127.0.0.1:${stockPort}`,
        (call) => market.fault(call),
      ),
      await FaultyProxy.start(
        () => there.baseUrl,
        (call) => market.fault(call),
      ),
    ];
    const [toStock, toThere] = market.proxies;
    writeFileSync(
      participants,
      JSON.stringify({
        stock: { url: toStock?.url, secrets: [secrets.stock], timeoutMs: 1_000 },
        there: { url: `${toThere?.url ?? ''}/participant`, secrets: [secrets.there], timeoutMs: 1_000 },
      }),
    );
    await market.startStock();
    await market.books(`insert into shelf values ('book', $1)`, [available]);
    await Promise.all([...here, there].map((one) => market.startService(one)));
    return market;
  }

  async close(): Promise<void> {
    this.transport.close();
    await Promise.all([...this.here, this.there].map((one) => one.kill()));
    await Promise.all(this.proxies.map((proxy) => proxy.stop()));
    await this.stock?.stop();
    await this.world.close();
  }

  /** Clients of the processes that coordinate, and of the other Tandem. */
  clients(): { readonly here: readonly TandemClient[]; readonly there: TandemClient } {
    const of = ({ baseUrl }: ServiceProcess): TandemClient =>
      new TandemClient(baseUrl, { transport: this.transport.send, retry: false });
    return { here: this.here.map(of), there: of(this.there) };
  }

  victims(): readonly Victim[] {
    const services = [...this.here, this.there].map((service) => ({
      name: service.settings.name,
      kill: () => service.kill(),
      start: () => this.startService(service),
      pause: () => service.stop(),
      resume: () => service.resume(),
    }));
    const stock = {
      name: 'stock',
      kill: async () => this.stock?.stop(),
      start: () => this.startStock(),
      pause: () => this.stock?.pause(),
      resume: () => this.stock?.resume(),
    };
    return [...services, stock];
  }

  /** Calls that passed the proxies, by what happened to them. */
  passed(): ReadonlyMap<Fault, number> {
    const counts = new Map<Fault, number>();
    for (const { fault } of this.proxies.flatMap((proxy) => proxy.passed)) {
      counts.set(fault, (counts.get(fault) ?? 0) + 1);
    }
    return counts;
  }

  /** Resolves when no call is in flight any more. */
  async idle(): Promise<void> {
    await Promise.all(this.proxies.map((proxy) => proxy.idle()));
  }

  transactions(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return this.world.postgres.query(HERE, text, values);
  }

  books(text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> {
    return this.world.postgres.query(BOOKS, text, values);
  }

  private async startService(service: ServiceProcess): Promise<void> {
    service.start();
    await service.untilReady(READY_MS);
  }

  private async startStock(): Promise<void> {
    this.stock = await StockProcess.start(this.world.postgres.url(BOOKS), this.secrets.stock, [], this.stockPort);
  }
}

const QUICK = { SWEEP_EVERY_MS: '500', ORPHANED_AFTER_MS: '1000' };

const secret = (): string => `whsec_${randomBytes(32).toString('base64')}`;
