/** What came back, its JSON read. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface CallOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, unless it is a string: then as it is. */
  readonly body?: unknown;
}

/** Calls the service at one address as any client would. */
export class Client {
  constructor(
    readonly url: string,
    private readonly standing: Readonly<Record<string, string>> = {},
  ) {}

  get(path: string, options: CallOptions = {}): Promise<Reply> {
    return this.call('GET', path, options);
  }

  post(path: string, options: CallOptions = {}): Promise<Reply> {
    return this.call('POST', path, options);
  }

  async call(method: string, path: string, { headers = {}, body }: CallOptions = {}): Promise<Reply> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...this.standing,
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
    };
  }
}
