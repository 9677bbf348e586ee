import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { LeaderLink } from '../adapters/peers/leaderLink';
import { LeaderServer } from '../adapters/peers/leaderServer';
import { LeaderAddresses } from '../adapters/postgres/leaderAddresses';
import { reasonOf } from '../adapters/unreachable';
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

/** How often a process tells that it leads, and how often the others look. */
const TELL_EVERY_MS = 500;
const STOP_MS = 1_000;
/** Addresses that mean every address of the machine. */
const EVERYWHERE = new Set(['0.0.0.0', '::']);

const ALONE: ComposedPeers = {
  handOvers: { create: keepHere, command: keepHere },
  takeWork: () => Promise.resolve(),
};

/** Connects the processes on one database: those that do not lead hand new work over to the one that leads. */
export function composePeers(
  config: Config,
  serviceVersion: string,
  pool: Pool,
  queue: string,
  leads: () => boolean,
  logger: Logger,
  log: Log,
  life: Lifecycle,
): ComposedPeers {
  const secret = config.PEER_SECRET;
  // Where every process runs jobs, none is the leader.
  if (secret === undefined || config.JOB_RUNNERS === 'all') return ALONE;
  const addresses = new LeaderAddresses(pool, queue);
  // The messages are in a format of node, which may change with its version.
  const version = `${serviceVersion} on node ${process.version}`;
  // Not the quiet log: a peer that is away is not the database or the queue, and is told once.
  const link = new LeaderLink<TransferQuery, TransferRefusal>(
    { secret, version, leads, find: () => addresses.find() },
    logger,
  );
  const checking = every(TELL_EVERY_MS, () => link.check(), log, 'the database did not tell which process leads');
  life.started('link to the leader', async () => {
    link.close();
    // Not awaited: a connection that is being made would delay the stop.
    void checking();
  });
  return {
    handOvers: { create: link.handOver('create'), command: link.handOver('command') },
    takeWork: async ({ coordinator, commands }) => {
      const id = randomUUID();
      const server = await LeaderServer.listen<TransferQuery, TransferRefusal>(
        {
          host: config.HOST,
          port: config.PEER_PORT,
          secret,
          hello: { id, version },
          leads,
          handlers: { create: (work) => coordinator.createFor(work), command: (work) => commands.carryOut(work) },
        },
        log,
      ).catch((error: unknown) => {
        const why = `PEER_PORT: this process cannot listen on port ${config.PEER_PORT} of ${config.HOST}`;
        throw new Error(`${why}: ${reasonOf(error)}`, { cause: error });
      });
      const host = config.PEER_HOST ?? (EVERYWHERE.has(config.HOST) ? hostname() : config.HOST);
      const tell = async (): Promise<void> => {
        if (leads()) await addresses.tell({ id, host, port: server.port });
      };
      const telling = every(TELL_EVERY_MS, tell, log, 'the database was not told that this process leads');
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
