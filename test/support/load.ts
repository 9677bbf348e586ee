import { Agent, type OutgoingHttpHeaders, request } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Record<string, unknown>;
}

/** The result of one request: an answer, or the code of the connection's error. */
export type Outcome = Reply | { readonly error: string };

/** Sends one POST, on its own connection unless the agent keeps one. */
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

/** The outcomes that are not expected. */
export function unexpected(load: Load, expected: readonly string[]): readonly string[] {
  return Object.keys(load.counts()).filter((kind) => !expected.includes(kind));
}

/**
 * Repeats transfers between accounts until it is stopped. `politely`: each client keeps one connection, and leaves it
 * when the service announces that it closes.
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
      // The service is away or busy: pause for a moment.
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

  /** The number of outcomes of each kind: by status, or by error code. */
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
