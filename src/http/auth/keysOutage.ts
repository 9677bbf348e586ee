import { reasonOf } from '../../adapters/unreachable';
import type { Log } from '../../engine/log';

/** Logs once that the keys of tokens cannot be read, and once that they can be read again. */
export class KeysOutage {
  private sinceMs: number | undefined;

  constructor(private readonly log: Log) {}

  begin(error: unknown): void {
    if (this.sinceMs !== undefined) return;
    this.sinceMs = performance.now();
    this.log.warn({ reason: reasonOf(error) }, 'the keys of tokens cannot be read');
  }

  end(): void {
    if (this.sinceMs === undefined) return;
    const awayMs = Math.round(performance.now() - this.sinceMs);
    this.sinceMs = undefined;
    this.log.info({ awayMs }, 'the keys of tokens can be read again');
  }
}
