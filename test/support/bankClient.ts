import { eventually } from '../kit/wait';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

/** Requests to one process of the service. */
export class BankClient {
  constructor(
    readonly baseUrl: string,
    private readonly token?: string,
  ) {}

  /** A client of the same service with an admin's demo token. */
  asAdmin(): BankClient {
    return new BankClient(this.baseUrl, 'admin-token');
  }

  async call(
    method: string,
    path: string,
    options: { key?: string; body?: unknown; prefer?: string } = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.baseUrl}${path}`, {
      method,
      headers: {
        ...(this.token !== undefined && { Authorization: `Bearer ${this.token}` }),
        ...(options.key !== undefined && { 'Idempotency-Key': options.key }),
        ...(options.prefer !== undefined && { Prefer: options.prefer }),
        ...(options.body !== undefined && { 'Content-Type': 'application/json' }),
      },
      ...(options.body !== undefined && { body: JSON.stringify(options.body) }),
    });
    return {
      status: response.status,
      headers: response.headers,
      body: (await response.json()) as Record<string, unknown>,
    };
  }

  post(path: string, options: { key?: string; body?: unknown; prefer?: string } = {}): Promise<Answer> {
    return this.call('POST', path, options);
  }

  get(path: string): Promise<Answer> {
    return this.call('GET', path);
  }

  /** Opens an account and deposits money. */
  async open(id: string, deposit = 0): Promise<void> {
    await this.post(`/account/${id}`);
    if (deposit > 0) await this.post(`/account/${id}/deposit/${deposit}`);
  }

  async balance(id: string): Promise<{ balance: unknown; held: unknown }> {
    const { body } = await this.get(`/account/${id}/balance`);
    return { balance: body['balance'], held: body['held'] };
  }

  /** Resolves to the transfer once it is final. */
  finalTransfer(id: string, deadlineMs = 60_000): Promise<Record<string, unknown>> {
    return eventually(
      `transfer ${id} is final`,
      async () => {
        const { status, body } = await this.get(`/transfers/${id}`);
        return status === 200 && ['committed', 'aborted', 'failed'].includes(String(body['status'])) ? body : undefined;
      },
      { deadlineMs },
    );
  }
}
