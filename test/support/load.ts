import { Agent, type OutgoingHttpHeaders, request } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Record<string, unknown>;
}

/** What became of one request: an answer, or the code of the error that the connection met. */
export type Outcome = Reply | { readonly error: string };

/** One POST, on a connection of its own unless the agent keeps one. */
export function post(baseUrl: string, path: string, agent = new Agent({ keepAlive: false })): Promise<Outcome> {
  return new Promise((resolve) => {
    const call = request(`${baseUrl}${path}`, { method: 'POST', agent }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', (error) => resolve({ error: codeOf(error) }));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        const body = JSON.parse(text) as Record<string, unknown>;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
    });
    call.on('error', (error) => resolve({ error: codeOf(error) }));
    call.end();
  });
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}

/** What came out that may not. */
export function unexpected(load: Load, expected: readonly string[]): readonly string[] {
  return Object.keys(load.counts()).filter((kind) => !expected.includes(kind));
}

/**
 * Transfers between accounts, over and over, until it is stopped. `politely` keeps one connection for each client, which
 * leaves when it is told that the connection closes.
 */
export class Load {
  readonly outcomes: Outcome[] = [];
  private stopping = false;
  private turn = 0;
  private readonly running: Promise<void>;

  constructor(
    private readonly baseUrls: readonly string[],
    private readonly accounts: readonly string[],
    connections: number,
    politely = false,
  ) {
    const clients = Array.from({ length: connections }, () => (politely ? this.keepOne() : this.hammer()));
    this.running = Promise.all(clients).then(() => undefined);
  }

  private async hammer(): Promise<void> {
    while (!this.stopping) {
      const outcome = await this.transfer();
      // The service is away or busy: leave it a moment.
      if ('error' in outcome || outcome.status === 503) await new Promise((done) => setTimeout(done, 20));
    }
  }

  private async keepOne(): Promise<void> {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!this.stopping) {
      const outcome = await this.transfer(agent);
      if ('error' in outcome || outcome.headers['connection'] === 'close') break;
    }
    agent.destroy();
  }

  private async transfer(agent?: Agent): Promise<Outcome> {
    const { accounts, baseUrls } = this;
    const n = this.turn;
    this.turn += 1;
    const [from, to] = [accounts[n % accounts.length], accounts[(n + 1) % accounts.length]];
    const path = `/account/${from}/transfer/to/${to}/${1 + (n % 5)}`;
    const outcome = await post(baseUrls[n % baseUrls.length] ?? '', path, agent);
    this.outcomes.push(outcome);
    return outcome;
  }

  async stop(): Promise<readonly Outcome[]> {
    this.stopping = true;
    await this.running;
    return this.outcomes;
  }

  /** How many outcomes of each kind there are: by status, or by the code of the error. */
  counts(from = 0): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const outcome of this.outcomes.slice(from)) {
      const kind = 'error' in outcome ? outcome.error : String(outcome.status);
      counts[kind] = (counts[kind] ?? 0) + 1;
    }
    return counts;
  }

  succeeded(from = 0): number {
    return this.counts(from)['200'] ?? 0;
  }
}
