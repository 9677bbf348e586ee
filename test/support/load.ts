import { Agent, type OutgoingHttpHeaders, request } from 'node:http';

export interface Reply {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: Record<string, unknown>;
}

/** What became of one request: an answer, or the code of the error that the connection met. */
export type Outcome = Reply | { readonly error: string };

/** One POST on a connection of its own: what it meets is not what an idle connection kept from before would meet. */
export function post(baseUrl: string, path: string, headers: OutgoingHttpHeaders = {}): Promise<Outcome> {
  const agent = new Agent({ keepAlive: false });
  return new Promise((resolve) => {
    const call = request(`${baseUrl}${path}`, { method: 'POST', agent, headers }, (response) => {
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

/** Transfers between accounts, over and over, until it is stopped. */
export class Load {
  readonly outcomes: Outcome[] = [];
  private stopping = false;
  private readonly running: Promise<void>;

  constructor(baseUrls: readonly string[], accounts: readonly string[], connections: number) {
    let turn = 0;
    const work = async (): Promise<void> => {
      while (!this.stopping) {
        const n = turn++;
        const [from, to] = [accounts[n % accounts.length], accounts[(n + 1) % accounts.length]];
        const outcome = await post(
          baseUrls[n % baseUrls.length] ?? '',
          `/account/${from}/transfer/to/${to}/${1 + (n % 5)}`,
        );
        this.outcomes.push(outcome);
        // Nobody is there, or it is busy: leave it a moment.
        if ('error' in outcome || outcome.status === 503) await new Promise((done) => setTimeout(done, 20));
      }
    };
    this.running = Promise.all(Array.from({ length: connections }, work)).then(() => undefined);
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
