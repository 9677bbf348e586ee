import { connect, type Socket } from 'node:net';

export interface Answered {
  readonly status: number;
  readonly body: string;
  /** The seconds of `Retry-After`; 0 if there is none. */
  readonly retryAfterSeconds: number;
}

/** One keep-alive connection with one request in flight at a time. It understands only the answers of the bench's servers. */
export class Connection {
  private received = '';
  private waiting: ((answer: Answered) => void) | undefined;
  private failed: ((error: Error) => void) | undefined;

  private constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    // Everything that it reads is ASCII. So the text's length is its length in bytes.
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => this.read(chunk));
    socket.on('error', (error) => this.fail(error));
    socket.on('close', () => this.fail(new Error('the connection was closed')));
  }

  static open(port: number): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1' });
      socket.once('error', reject);
      socket.once('connect', () => {
        socket.off('error', reject);
        resolve(new Connection(socket));
      });
    });
  }

  send(request: string): Promise<Answered> {
    return new Promise((resolve, reject) => {
      this.waiting = resolve;
      this.failed = reject;
      this.socket.write(request, 'latin1');
    });
  }

  close(): void {
    this.socket.destroy();
  }

  private read(chunk: string): void {
    this.received += chunk;
    const head = this.received.indexOf('\r\n\r\n');
    if (head < 0) return;
    const headers = this.received.slice(0, head);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(headers)?.[1] ?? 0);
    const end = head + 4 + length;
    if (this.received.length < end) return;
    const status = Number(this.received.slice(9, 12));
    const retryAfterSeconds = status === 503 ? Number(/\r\nretry-after: (\d+)/i.exec(headers)?.[1] ?? 0) : 0;
    const answer = { status, body: this.received.slice(head + 4, end), retryAfterSeconds };
    this.received = this.received.slice(end);
    const answered = this.waiting;
    this.waiting = undefined;
    this.failed = undefined;
    answered?.(answer);
  }

  private fail(error: Error): void {
    const failed = this.failed;
    this.waiting = undefined;
    this.failed = undefined;
    failed?.(error);
  }
}
