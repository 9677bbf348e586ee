import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { LeaderAddress } from '../adapters/peers/leaderConnection';
import { LeaderLink } from '../adapters/peers/leaderLink';
import { LeaderServer } from '../adapters/peers/leaderServer';
import { LeaderAddresses } from '../adapters/postgres/leaderAddresses';
import { reasonOf } from '../adapters/unreachable';
import type { Config } from '../config';
import type { TransferQuery, TransferRefusal } from '../domain/transfer';
import { KEEPS_ALL } from '../engine/handOver';
import type { Log } from '../engine/log';
import type { Engine, HandOvers } from './composeEngine';
import type { JobRunner } from './jobRunner';
import type { Lifecycle } from './lifecycle';
import { every } from './timing';

export interface ComposedPeers {
  readonly handOvers: HandOvers;
  /** From now on this process takes work of the others whenever it leads. */
  takeWork(engine: Pick<Engine, 'coordinator' | 'commands'>, runner: Pick<JobRunner, 'leads'>): Promise<void>;
  /** Hands nothing over any more. */
  stop(): Promise<void>;
}

/** How often the leader publishes its address if it has changed, and how often the others look. */
const ADDRESS_EVERY_MS = 500;
/** Short: an HTTP request, a job and the engine have their time within the same stop. */
const STOP_MS = 300;
/** Addresses that mean every address of the machine. */
const EVERYWHERE = new Set(['0.0.0.0', '::']);

const ALONE: ComposedPeers = {
  handOvers: KEEPS_ALL,
  takeWork: () => Promise.resolve(),
  stop: () => Promise.resolve(),
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
  const id = randomUUID();
  const addresses = new LeaderAddresses(pool, queue);
  // The messages are in a format of node, which may change with its version.
  const version = `${serviceVersion} on node ${process.version}`;
  // Not the quiet log: a peer that is away is not the database or the queue, and is told once.
  const link = new LeaderLink<TransferQuery, TransferRefusal>(
    { secret, version, leads, find: async () => other(await addresses.find(), id) },
    logger,
  );
  // A worker is asked for nothing that it could hand over.
  const looks = config.ROLE !== 'worker';
  const look = () => (looks ? link.check() : Promise.resolve());
  const looking = every(ADDRESS_EVERY_MS, look, log, 'the database did not tell which process leads');
  return {
    stop: async () => {
      link.close();
      // Not awaited: a connection that is being made would delay the stop.
      void looking();
    },
    handOvers: { create: link.handOver('create'), command: link.handOver('command') },
    takeWork: async ({ coordinator, commands }, runner) => {
      const server = await LeaderServer.listen<TransferQuery, TransferRefusal>(
        {
          host: config.HOST,
          port: config.PEER_PORT,
          secret,
          hello: { id, version },
          leads,
          handlers: { create: (work) => coordinator.createFor(work), command: (work) => commands.carryOut(work) },
        },
        logger,
      ).catch((error: unknown) => {
        const why = `PEER_PORT: this process cannot listen on port ${config.PEER_PORT} of ${config.HOST}`;
        throw new Error(`${why}: ${reasonOf(error)}`, { cause: error });
      });
      const host = config.PEER_HOST ?? (EVERYWHERE.has(config.HOST) ? hostname() : config.HOST);
      const publish = async (): Promise<void> => {
        if (runner.leads) await addresses.publish({ id, host, port: server.port });
      };
      const publishing = every(ADDRESS_EVERY_MS, publish, log, 'the address of this process was not published');
      life.started(
        'work of other processes',
        async () => {
          await Promise.all([publishing(), server.close()]);
        },
        STOP_MS,
      );
    },
  };
}

/** After a process lost the lead, its own address may still be the last one. */
function other(address: LeaderAddress | undefined, own: string): LeaderAddress | undefined {
  return address?.id === own ? undefined : address;
}
