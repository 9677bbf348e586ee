/** One message of a stream of Server-Sent Events. */
export interface Message {
  readonly id?: string;
  readonly event?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly comment?: string;
}

/** Reads a stream of Server-Sent Events as programs do, with what browsers hide. */
export class EventReader {
  readonly messages: Message[] = [];
  /** Why the answer ended, once it has. */
  ended: 'closed' | 'cut' | undefined;
  private readonly stopping = new AbortController();
  private reading: Promise<void> | undefined;

  private constructor(
    readonly status: number,
    readonly headers: Headers,
  ) {}

  static async open(url: string, headers: Readonly<Record<string, string>> = {}): Promise<EventReader> {
    const stopping = new AbortController();
    const response = await fetch(url, {
      headers: { accept: 'text/event-stream', ...headers },
      signal: stopping.signal,
    });
    const reader = new EventReader(response.status, response.headers);
    reader.stopping.signal.addEventListener('abort', () => stopping.abort());
    if (response.status === 200 && response.body) reader.reading = reader.readAll(response.body);
    else await response.text();
    return reader;
  }

  get events(): readonly Message[] {
    return this.messages.filter(({ data, event }) => data !== undefined && event !== 'end');
  }

  get lastId(): string | undefined {
    return this.messages.findLast(({ id }) => id !== undefined)?.id;
  }

  async untilEnded(): Promise<void> {
    await this.reading;
  }

  close(): void {
    this.stopping.abort();
  }

  private async readAll(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    try {
      for await (const chunk of body) {
        const parts = (text + decoder.decode(chunk, { stream: true })).split('\n\n');
        text = parts.pop() ?? '';
        this.messages.push(...parts.map(messageOf));
      }
      this.ended = 'closed';
    } catch {
      this.ended = 'cut';
    }
  }
}

function messageOf(part: string): Message {
  const fields = part.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]);
  const of = (name: string): string | undefined => fields.find(([field]) => field === name)?.[1];
  const data = of('data');
  return {
    ...(of('id') !== undefined && { id: String(of('id')) }),
    ...(of('event') !== undefined && { event: String(of('event')) }),
    ...(data !== undefined && { data: JSON.parse(data) as Record<string, unknown> }),
    ...(of('') !== undefined && { comment: String(of('')) }),
  };
}
