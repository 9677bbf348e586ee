import { exit, pid } from 'node:process';
import type { Logger } from 'pino';
import { name, version } from '../package.json';
import { isLostConnection } from './adapters/postgres/errors';
import { type Config, ConfigError, ConfigSchema, loadConfig } from './config';
import { type Service, start } from './service/compose';
import { createLog } from './service/log';
import { nearMisses } from './service/nearMisses';
import { watchParent } from './service/parent';
import { within } from './service/timing';

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const log = createLog(config.LOG_LEVEL);
  for (const { variable, instead } of nearMisses(process.env, Object.keys(ConfigSchema.shape))) {
    log.warn({ variable, instead }, `${variable} is not read. If ${instead} was meant, set that`);
  }
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise was rejected and not handled'));
  process.on('uncaughtException', (error) => uncaught(error, log));
  const starting = start(config, log, { name, version });
  stopOnSignals(starting, log);
  await announce(await starting, config, log);
}

/**
 * A BullMQ client has no error listener right after it connects and while it closes. A connection lost at such a moment
 * must not end the process. Any other uncaught error ends it.
 */
function uncaught(error: unknown, log: Logger): void {
  if (isLostConnection(error)) {
    log.debug({ err: error }, 'a connection was lost while it had no listener');
    return;
  }
  log.fatal({ err: error }, 'an error that was not caught ends the process');
  exit(1);
}

/** The longest time for a stop, even if a part hangs. The writes themselves guard everything durable. */
const STOP_MS = 4_800;

/** The first signal drains. The second one does not wait for the drain. */
function stopOnSignals(starting: Promise<Service>, log: Logger): void {
  let stopping = false;
  const stop = (why: string): void => {
    if (stopping) exit(1);
    stopping = true;
    log.info({ why }, 'stopping: no new requests; finishing those that are here');
    within(STOP_MS, stopped(starting)).then(
      (inTime) => {
        log.info({}, inTime ? 'stopped' : 'stopped without waiting for what is left; the next start goes on with it');
        exit(0);
      },
      (error: unknown) => fail(error, log),
    );
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  watchParent(() => {
    // One signal may reach npm too, and npm may end before this process: that is no second signal.
    if (!stopping) stop('npm is gone');
  });
}

async function stopped(starting: Promise<Service>): Promise<void> {
  const service = await starting;
  await service.stop();
}

/** A service that is ready within this time logs no line about what it lacks. After a pause the first sweep takes a moment. */
const SOON_MS = 3_000;

/** Logs that the service is ready. Logs what it lacks when that takes longer. */
async function announce(service: Service, { ROLE, HOST }: Config, log: Logger): Promise<void> {
  const { address, database, queue, ready } = service;
  const url = `http://${address.family === 'IPv6' ? `[${HOST}]` : HOST}:${address.port}`;
  if (!(await within(SOON_MS, ready))) {
    log.warn(
      { url, role: ROLE, lacks: service.lacks() },
      `${name} listens at ${url} and is not ready: ${service.lacks()}`,
    );
    await ready;
  }
  log.info(
    { url, role: ROLE, database, queue, pid, version },
    `${name} is ready at ${url}. Data: ${database}, queue: ${queue}. How to use it: README.md`,
  );
}

/** Logs one line with the reason and, if known, what to do. The stack is logged at debug level. */
function fail(error: unknown, log: Logger): never {
  log.debug({ err: error }, 'the service failed');
  log.fatal({}, error instanceof Error ? error.message : 'the service failed');
  exit(1);
}

main().catch((error: unknown) => {
  const log = createLog(process.env['LOG_LEVEL'] === 'debug' ? 'debug' : 'info');
  if (error instanceof ConfigError) {
    process.stderr.write(`${error.message}\n`);
    exit(2);
  }
  fail(error, log);
});
