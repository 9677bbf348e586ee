import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Log } from '../../../engine/log';
import { ensureCluster } from './cluster';
import { KeepRunning } from './keepRunning';
import { openPlace, type Place, pgCtl } from './place';
import { isUp, PRESENCE, type Running, run } from './running';

const TRIES_MAX = 4;

export interface EmbeddedServer {
  /** Valid as long as the server is used: a restarted server has the same address. */
  readonly connectionString: string;
  readonly found: 'created' | Running['found'];
  /** The data folder. */
  readonly folder: string;
  /** Stops the server cleanly. Resolves to `left` if other services still use it, and to `gone` if it does not run. */
  stop(): Promise<'stopped' | 'left' | 'gone'>;
}

/**
 * Starts or adopts Tandem's own PostgreSQL server. Its data stays in `directory` between starts, or elsewhere with a
 * link to it if the server's user cannot enter `directory`. The server listens only on loopback, on a free port, with a
 * password made at the first start. It runs apart from this process: a killed service leaves it running, and the next
 * start adopts it. Concurrent starts share it. If it dies, it is restarted.
 */
export async function startEmbeddedServer(
  directory: string,
  log: Log,
  settings: Readonly<Record<string, string>> = {},
): Promise<EmbeddedServer> {
  const place = openPlace(directory);
  const created = await ensureCluster(place);
  const { found, address, port, presence } = await runPatiently(place, settings);
  const keeping = new KeepRunning(presence, {
    run: async (onStart) => {
      const again = await run(place, { settings, boundPort: port, onStart });
      if (again.port === port) return again;
      await again.presence.end();
      throw new Error(
        `It listens on port ${again.port} now, and this process knows it on ${port}: start this process again`,
      );
    },
    log,
  });
  return {
    connectionString: address,
    found: created ? 'created' : found,
    folder: place.root,
    stop: async () => {
      await keeping.end();
      return stop(place, keeping.presence);
    },
  };
}

/** Retries until this process holds the server: another process may start or stop it at the same moment. */
async function runPatiently(place: Place, settings: Readonly<Record<string, string>>): Promise<Running> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await run(place, { settings });
    } catch (error) {
      if (tries >= TRIES_MAX) throw error;
      await sleep(200 * tries);
    }
  }
}

async function stop(place: Place, presence: Client): Promise<'stopped' | 'left' | 'gone'> {
  if (!(await isUp(place))) return 'gone';
  // A server that does not answer is left too: the next start adopts or starts it.
  const others = await usedByOthers(presence).catch(() => true);
  await presence.end();
  if (others) return 'left';
  await pgCtl(place, ['stop', '--mode', 'fast', '--wait', '--timeout', '30']);
  return 'stopped';
}

/** Whether another service of the same folder has adopted this server and uses it. */
async function usedByOthers(presence: Client): Promise<boolean> {
  // Count only presence connections: this service's other connections closed a moment ago and may still show.
  const { rowCount } = await presence.query(
    'select from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()',
    [PRESENCE],
  );
  return (rowCount ?? 0) > 0;
}
