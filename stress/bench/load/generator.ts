import { Random } from '../../base/random';
import { type Answered, Connection } from './connection';
import { captureRequest, committedIn, keyedRequest } from './keyed';
import type { Load, LoadResult } from './load';
import { percentile } from './percentile';

type Counts = Pick<LoadResult, 'sent' | 'answered' | 'accepted' | 'inTime' | 'unavailable' | 'other' | 'socketErrors'>;

/** One load, from its first request to the answer to its last. */
class Run {
  private readonly random: Random;
  private readonly latenciesMs: number[] = [];
  private readonly unavailableMs = { first: [] as number[], later: [] as number[] };
  private readonly counts: Record<keyof Counts, number> = {
    sent: 0,
    answered: 0,
    accepted: 0,
    inTime: 0,
    unavailable: 0,
    other: 0,
    socketErrors: 0,
  };
  private firstOther = '';
  private endMs = 0;
  private slotMs = 0;

  constructor(private readonly load: Load) {
    this.random = new Random(String(load.seed));
  }

  async run(): Promise<LoadResult> {
    const connections = await this.connect();
    this.slotMs = performance.now();
    this.endMs = this.slotMs + this.load.seconds * 1000;
    await Promise.all(connections.map((connection) => this.use(connection)));
    for (const connection of connections) connection.close();
    return {
      ...this.counts,
      firstOther: this.firstOther,
      p50Ms: percentile(this.latenciesMs, 50),
      p99Ms: percentile(this.latenciesMs, 99),
      maxMs: percentile(this.latenciesMs, 100),
      unavailableAtFirst: this.unavailableMs.first.length,
      unavailableAtFirstP99Ms: percentile(this.unavailableMs.first, 99),
      unavailableLaterP99Ms: percentile(this.unavailableMs.later, 99),
    };
  }

  /** Connects a few at a time, because a listen queue does not take a thousand at once. */
  private async connect(): Promise<Connection[]> {
    const connections: Connection[] = [];
    while (connections.length < this.load.connections) {
      const few = Math.min(100, this.load.connections - connections.length);
      connections.push(...(await Promise.all(Array.from({ length: few }, () => Connection.open(this.load.port)))));
    }
    return connections;
  }

  private async use(connection: Connection): Promise<void> {
    let isFirst = true;
    for (let waitMs = this.waitMs(); performance.now() + waitMs < this.endMs; waitMs = this.waitMs()) {
      if (waitMs > 0) await sleep(waitMs);
      const sentMs = performance.now();
      this.counts.sent += 1;
      try {
        const answer = await this.ask(connection);
        const { status, retryAfterSeconds } = answer;
        this.count(answer, performance.now() - sentMs, isFirst);
        isFirst = false;
        if (status === 503 && !(await this.comeBackLater(retryAfterSeconds))) return;
      } catch {
        this.counts.socketErrors += 1;
        return;
      }
    }
  }

  /** Sends one request, or two where the first one only authorizes. */
  private async ask(connection: Connection): Promise<Answered> {
    const first = await connection.send(this.request());
    if (this.load.what !== 'two-steps' || first.status !== 200) return first;
    return connection.send(captureRequest(first.body));
  }

  /** Waits as long as the service asks. Resolves to whether the load still runs then. */
  private async comeBackLater(retryAfterSeconds: number): Promise<boolean> {
    // Spreads the waits, as the clients of a real service would.
    const waitMs = 1_000 * (retryAfterSeconds + this.random.next() / 2);
    if (performance.now() + waitMs >= this.endMs) return false;
    await sleep(waitMs);
    return true;
  }

  private waitMs(): number {
    if (this.load.perSecond === undefined) return 0;
    const nowMs = performance.now();
    const waitMs = Math.max(0, this.slotMs - nowMs);
    this.slotMs = Math.max(this.slotMs, nowMs - 100) + 1000 / this.load.perSecond;
    return waitMs;
  }

  private request(): string {
    const { accounts, shape, what, size = 1, connections, seed, token } = this.load;
    if (what === 'deposits')
      return `POST /account/hot/deposit/${this.random.int(1, 100)} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    if (what !== 'transfers' && what !== 'balances')
      return keyedRequest(this.random, this.load, `${what}-${size}-${connections}-${seed}-${this.counts.sent}`);
    const from = this.random.int(1, accounts);
    if (what === 'balances')
      return `GET /account/${shape === 'hot' ? 'hot' : `a${from}`}/balance HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    const other = this.random.int(1, accounts - 1);
    let origin = `a${from}`;
    let destination = `a${other >= from ? other + 1 : other}`;
    if (shape === 'hot') {
      if (this.random.chance(0.5)) origin = 'hot';
      else destination = 'hot';
    }
    const path = `/account/${origin}/transfer/to/${destination}/${this.random.int(1, 100)}`;
    const authorization = token === undefined ? '' : `Authorization: Bearer ${token}\r\n`;
    return `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${authorization}\r\n`;
  }

  private count({ status, body }: Answered, latencyMs: number, isFirst: boolean): void {
    this.counts.answered += 1;
    const { what, size = 1 } = this.load;
    const accepted =
      what === 'balances' || what === 'deposits' ? Number(body.includes('"balance":')) : committedIn(body, what);
    if (status === 200 && accepted === (what === 'batch' ? size : 1)) {
      this.counts.accepted += accepted;
      if (performance.now() <= this.endMs) this.counts.inTime += accepted;
      this.latenciesMs.push(latencyMs);
    } else if (status === 503) {
      this.counts.unavailable += 1;
      this.unavailableMs[isFirst ? 'first' : 'later'].push(latencyMs);
    } else {
      this.counts.other += 1;
      if (this.firstOther === '') this.firstOther = `${status} ${body.slice(0, 200)}`;
    }
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

new Run(JSON.parse(process.argv[2] ?? '{}') as Load).run().then(
  (result) => process.stdout.write(`${JSON.stringify(result)}\n`),
  (error: unknown) => {
    process.stderr.write(`the load generator failed: ${String(error)}\n`);
    process.exitCode = 1;
  },
);
