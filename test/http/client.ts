import type { OpenApi } from '../../src/http/docs/openapi';
import { OpenApiCheck } from './openApiCheck';

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
  private constructor(
    readonly url: string,
    readonly check: OpenApiCheck,
    private readonly always: Readonly<Record<string, string>> = {},
  ) {}

  /** A client that holds every answer against the document that the service publishes. */
  static async of(url: string): Promise<Client> {
    const document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApi;
    return new Client(url, new OpenApiCheck(document));
  }

  /** The same client with a token. */
  as(token: string): Client {
    return new Client(this.url, this.check, { ...this.always, authorization: `Bearer ${token}` });
  }

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
        ...this.always,
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const contentType = response.headers.get('content-type') ?? '';
    const isJson = /^application\/(problem\+)?json/.test(contentType);
    const read = isJson ? (JSON.parse(text) as Record<string, unknown>) : { text };
    this.check.expectDocumented({
      method,
      path,
      status: response.status,
      contentType,
      headers: response.headers,
      body: read,
    });
    return { status: response.status, headers: response.headers, body: read };
  }
}
