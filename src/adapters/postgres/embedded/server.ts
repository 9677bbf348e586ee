import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from 'pg';
import type { Log } from '../../../engine/log';
import { ensureCluster } from './cluster';
import { KeepRunning } from './keepRunning';
import { openPlace, type Place, pgCtl } from './place';
import { isUp, PRESENCE, type Running, run } from './running';

const TRIES_MAX = 4;

export interface EmbeddedServer {
  /** Good for as long as it is used: a server that is started again has the same address. */
  readonly connectionString: string;
  readonly found: 'created' | Running['found'];
  /** The folder that the data is in. */
  readonly folder: string;
  /** Stops the server cleanly, unless others still use it (`left`) or it does not run (`gone`). */
  stop(): Promise<'stopped' | 'left' | 'gone'>;
}

/**
 * A PostgreSQL server of our own, its data kept in `directory` between starts, or elsewhere with a link to it when the
 * server's user cannot enter that. It listens on loopback only, on a free port, with a password made at the first start.
 * It runs apart from this process: a killed service leaves it running, and the next start adopts it. Several may start it
 * at once; they share it. When it dies it is started again.
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

/** What was found is good once it is held: another process may start or stop the same server in the same moment. */
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
  // One that cannot be asked is left too: the next start adopts it, or starts it.
  const others = await usedByOthers(presence).catch(() => true);
  await presence.end();
  if (others) return 'left';
  await pgCtl(place, ['stop', '--mode', 'fast', '--wait', '--timeout', '30']);
  return 'stopped';
}

/** Another service that was started in the same folder adopted this server and is working with it. */
async function usedByOthers(presence: Client): Promise<boolean> {
  // Only what is held on purpose counts: this service's own connections were closed a moment ago and may still show.
  const { rowCount } = await presence.query(
    'select from pg_stat_activity where application_name = $1 and pid <> pg_backend_pid()',
    [PRESENCE],
  );
  return (rowCount ?? 0) > 0;
}
