import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Log } from '../../../engine/log';
import type { Running } from './running';

/**
 * The first pause between restart attempts. It is short, because a killed server takes a moment to release its memory.
 */
const FIRST_PAUSE_MS = 200;
const PAUSE_MAX_MS = 10_000;

export interface KeptServer {
  /** Starts the server where it was before, unless it runs. Calls `onStart` when it is about to start it. */
  readonly run: (onStart: () => void) => Promise<Running>;
  readonly log: Log;
}

/** Restarts a server when it is gone, until `end` is called. Logs one line when it is gone and one when it is back. */
export class KeepRunning {
  private held: Client;
  private readonly ending = new AbortController();
  private healing: Promise<void> | undefined;

  constructor(
    presence: Client,
    private readonly server: KeptServer,
  ) {
    this.held = presence;
    this.watch(presence);
  }

  /** The connection that tells other processes that the server is in use. The server may have closed it. */
  get presence(): Client {
    return this.held;
  }

  /** Stops watching: the server stays as it is from now on. */
  async end(): Promise<void> {
    this.ending.abort();
    await this.healing;
  }

  private watch(presence: Client): void {
    this.held = presence;
    presence.once('end', () => {
      if (!this.ending.signal.aborted) this.healing = this.heal();
    });
  }

  private async heal(): Promise<void> {
    const { log } = this.server;
    const goneMs = performance.now();
    let isGone = false;
    let toldWhy: string | undefined;
    const starting = (): void => {
      if (!isGone) log.warn({}, 'the embedded PostgreSQL is gone; starting it again');
      isGone = true;
    };
    for (let pauseMs = FIRST_PAUSE_MS; !this.ending.signal.aborted; pauseMs = Math.min(pauseMs * 2, PAUSE_MAX_MS)) {
      try {
        const { presence } = await this.server.run(starting);
        const awayMs = Math.round(performance.now() - goneMs);
        if (isGone) log.info({ awayMs }, 'the embedded PostgreSQL runs again');
        this.watch(presence);
        return;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        if (pauseMs > FIRST_PAUSE_MS * 4 && why !== toldWhy) {
          log.warn({ err: error }, 'the embedded PostgreSQL cannot be started; trying again');
          toldWhy = why;
        }
      }
      // If `end` is called during the sleep, there is nothing left to do.
      await sleep(pauseMs, undefined, { signal: this.ending.signal }).catch(() => undefined);
    }
  }
}
