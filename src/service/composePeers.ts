import { hostname } from 'node:os';
import type { Pool } from 'pg';
import { LeaderLink } from '../adapters/peers/leaderLink';
import { LeaderServer } from '../adapters/peers/leaderServer';
import { LeaderAddresses } from '../adapters/postgres/leaderAddresses';
import type { Config } from '../config';
import type { TransferQuery, TransferRefusal } from '../domain/transfer';
import { keepHere } from '../engine/handOver';
import type { Log } from '../engine/log';
import type { Engine, HandOvers } from './composeEngine';
import type { Lifecycle } from './lifecycle';
import { every } from './timing';

export interface ComposedPeers {
  readonly handOvers: HandOvers;
  /** From now on this process takes work of the others whenever it leads. */
  takeWork(engine: Pick<Engine, 'coordinator' | 'commands'>): Promise<void>;
}

const LINK_EVERY_MS = 250;
const TELL_EVERY_MS = 1_000;
const STOP_MS = 1_500;
/** Addresses that mean every address of the machine. */
const EVERYWHERE = new Set(['0.0.0.0', '::']);

const ALONE: ComposedPeers = {
  handOvers: { create: keepHere, command: keepHere },
  takeWork: () => Promise.resolve(),
};

/** Connects the processes on one database: those that do not lead hand new work over to the one that leads. */
export function composePeers(
  config: Config,
  version: string,
  pool: Pool,
  queue: string,
  leads: () => boolean,
  log: Log,
  life: Lifecycle,
): ComposedPeers {
  const secret = config.PEER_SECRET;
  // Where every process runs jobs, none is the leader.
  if (secret === undefined || config.JOB_RUNNERS === 'all') return ALONE;
  const addresses = new LeaderAddresses(pool, queue);
  // Messages are in the format of node's serializer, which is its version's own.
  const format = `${version} on node ${process.version}`;
  const link = new LeaderLink<TransferQuery, TransferRefusal>(
    { secret, version: format, leads, find: () => addresses.find() },
    log,
  );
  const checking = every(LINK_EVERY_MS, () => link.check(), log, 'the address of the process that leads was not read');
  life.started('link to the leader', () => {
    link.close();
    return checking();
  });
  return {
    handOvers: { create: link.handOver('create'), command: link.handOver('command') },
    takeWork: async ({ coordinator, commands }) => {
      const server = await LeaderServer.listen<TransferQuery, TransferRefusal>(
        {
          host: config.HOST,
          port: config.PEER_PORT,
          secret,
          version: format,
          inFlightMax: config.REQUESTS_IN_FLIGHT_MAX,
          leads,
          handlers: { create: (work) => coordinator.createFor(work), command: (work) => commands.carryOut(work) },
        },
        log,
      );
      const host = config.PEER_HOST ?? (EVERYWHERE.has(config.HOST) ? hostname() : config.HOST);
      const tell = async (): Promise<void> => {
        if (leads()) await addresses.tell({ host, port: server.port });
      };
      const telling = every(TELL_EVERY_MS, tell, log, 'the address of this process was not written');
      life.started(
        'work of other processes',
        async () => {
          await Promise.all([telling(), server.close()]);
        },
        STOP_MS,
      );
    },
  };
}
