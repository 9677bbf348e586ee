import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Log } from '../../../engine/log';
import type { Running } from './running';

/** Between attempts to start it again: quick at first, for a killed server takes a moment to let go of its memory. */
const FIRST_PAUSE_MS = 200;
const PAUSE_MAX_MS = 10_000;

export interface KeptServer {
  /** Starts it, unless it runs, where it was before; tells when it is about to start it. */
  readonly run: (onStart: () => void) => Promise<Running>;
  readonly log: Log;
}

/** Starts a server again when it is gone, until that is ended. One line in the log says that it is gone, one that it is back. */
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

  /** The connection that tells others that the server is used; the server may have ended it. */
  get presence(): Client {
    return this.held;
  }

  /** Leaves the server as it is from now on. */
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
      // Ended while it sleeps, it has nothing left to do.
      await sleep(pauseMs, undefined, { signal: this.ending.signal }).catch(() => undefined);
    }
  }
}
