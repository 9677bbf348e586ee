import type { Duplex } from 'node:stream';
import { deserialize, serialize } from 'node:v8';

const LENGTH_BYTES = 4;
/** A frame with a larger announced length comes from no peer of this service. */
const FRAME_BYTES_MAX = 256 * 1024 * 1024;
const FRAME_ITEMS_MAX = 500;

/**
 * Items on a connection, both ways. All items of one turn of the event loop go out as one frame: its length in four
 * bytes, then an array as node's `v8.serialize` writes it. An empty array is a heartbeat. Only an authenticated peer of
 * the same version may be on the other side.
 */
export class Items {
  private readonly outbox: unknown[] = [];
  private chunks: Buffer[] = [];
  private bytes = 0;
  /** So many bytes must be there before the next frame can be read, as far as its length is known. */
  private wanted = LENGTH_BYTES;

  /** A frame that cannot be read destroys the connection. */
  constructor(
    private readonly socket: Duplex,
    onFrame: (items: readonly unknown[]) => void,
  ) {
    socket.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.bytes += chunk.length;
      try {
        for (let frame = this.take(); frame; frame = this.take()) onFrame(itemsOf(frame));
      } catch (error) {
        socket.destroy(asError(error));
      }
    });
  }

  send(item: unknown): void {
    this.outbox.push(item);
    if (this.outbox.length === 1) setImmediate(() => this.flush());
  }

  beat(): void {
    this.write([]);
  }

  /** Closes this side of the connection, after all that was sent. */
  end(): void {
    this.flush();
    this.socket.end();
  }

  private flush(): void {
    while (this.outbox.length > 0) this.write(this.outbox.splice(0, FRAME_ITEMS_MAX));
  }

  /** An item that cannot be written destroys the connection. */
  private write(items: readonly unknown[]): void {
    if (!this.socket.writable) return;
    try {
      const body = serialize(items);
      const length = Buffer.alloc(LENGTH_BYTES);
      length.writeUInt32BE(body.length);
      // One buffer, so that it becomes one TLS record where it fits.
      this.socket.write(Buffer.concat([length, body]));
    } catch (error) {
      this.socket.destroy(asError(error));
    }
  }

  /** Takes the next whole frame, if it has arrived. */
  private take(): Buffer | undefined {
    if (this.bytes < this.wanted) return undefined;
    const [only] = this.chunks;
    const all = only && this.chunks.length === 1 ? only : Buffer.concat(this.chunks);
    const length = all.readUInt32BE();
    if (length > FRAME_BYTES_MAX) throw new Error(`a peer announced a frame of ${length} bytes`);
    const end = LENGTH_BYTES + length;
    const isWhole = all.length >= end;
    this.keep(isWhole ? all.subarray(end) : all);
    // The chunks of a long frame are joined once, when all of them are there.
    this.wanted = isWhole ? LENGTH_BYTES : end;
    return isWhole ? all.subarray(LENGTH_BYTES, end) : undefined;
  }

  private keep(rest: Buffer): void {
    this.chunks = rest.length > 0 ? [rest] : [];
    this.bytes = rest.length;
  }
}

function itemsOf(frame: Buffer): readonly unknown[] {
  const items: unknown = deserialize(frame);
  if (!Array.isArray(items)) throw new Error('a peer sent a frame that is no list');
  return items;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
